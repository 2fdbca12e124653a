"""The ways a file, or a row of it, is refused."""

from app.kernel.refusal import Refusal
from app.kernel.wording import Said


class FileNotReadable(Refusal):
    """The file is no table that can be imported."""

    code = "FILE_NOT_READABLE"
    en = "{file} cannot be read: {reason}."
    zh = "无法读取 {file}：{reason}。"
    file: str
    reason: str


class ColumnsNotRight(Refusal):
    """The header lacks columns, has unknown ones, or one twice; `known` are those that would be understood."""

    code = "COLUMNS_NOT_RIGHT"
    en = "{wrong}. Columns of {kind}: {known}."
    zh = "{wrong}。{kind} 可用的列：{known}。"
    kind: str
    wrong: list[str]
    known: list[str]


class CellNotValid(Refusal):
    """A cell that cannot be what its column means; `expected` says what would be."""

    code = "CELL_NOT_VALID"
    en = "{value} is not {expected}."
    zh = "“{value}”无效，应为：{expected}。"
    column: str
    value: object
    expected: Said


class RowRepeated(Refusal):
    """An earlier row of the file says something else about the same thing."""

    code = "ROW_REPEATED"
    en = "Row {earlier} says something else about {named}; keep one of the two."
    zh = "第 {earlier} 行对 {named} 的内容与本行不同，请只保留其中一行。"
    column: str
    named: str
    earlier: int


class NotFoundHere(Refusal):
    """A network, company or member named on the command line that does not exist; `known` are some that do."""

    code = "NOT_FOUND_HERE"
    en = "There is no {what} {asked}. There is: {known}."
    zh = "找不到{what} {asked}，现有：{known}。"
    what: str
    asked: str
    known: list[str]
