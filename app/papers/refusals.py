"""The ways in which papers say no."""

from app.kernel.refusal import Refusal


class TooManyExports(Refusal):
    """The member has as many exports under way as may be at once."""

    code = "TOO_MANY_EXPORTS"
    en = "{most} of your exports are under way. Wait for one of them, or cancel one."
    zh = "您已有 {most} 个导出任务在进行中，请等待完成或取消其中一个。"
    most: int
