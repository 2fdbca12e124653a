"""Who is in the demo's story: a coatings brand with two provinces below it, and a waterproofing brand beside it.

华彩涂料 Huacai Coatings ─┬─ 粤彩商贸 Yuecai (Guangdong) ── 顺美建材 Shunmei (Foshan) ── 禅城五金 Chancheng Hardware
                         └─ 浙美建材 Zhemei (Zhejiang)  ── 西湖装饰 Xihu (Hangzhou)  ── 湖滨五金 Hubin Hardware ─┐
固邦防水 Gubang Waterproofing ── 江南防水 Jiangnan (Zhejiang) ─────────────────────────────────────────────────┘
"""

from decimal import Decimal
from typing import Final, NamedTuple

from app.communication.kinds import Channel, NotificationKind
from app.leads.lifecycle import LostReason, Stage
from app.network.roles import Role
from app.network.rules import NewRegion

PASSWORD: Final = "tributary-demo"
CARRIER_SALT: Final = "tributary-demo-carrier"
"""What Kuaidi100 signs its pushes to the demo with, unless the environment says otherwise."""

REGIONS: Final = (
    NewRegion("CN", None, "中国", "China"),
    NewRegion("31", "CN", "上海市", "Shanghai"),
    NewRegion("33", "CN", "浙江省", "Zhejiang"),
    NewRegion("3301", "33", "杭州市", "Hangzhou"),
    NewRegion("330106", "3301", "西湖区", "Xihu District"),
    NewRegion("44", "CN", "广东省", "Guangdong"),
    NewRegion("4401", "44", "广州市", "Guangzhou"),
    NewRegion("4403", "44", "深圳市", "Shenzhen"),
    NewRegion("4406", "44", "佛山市", "Foshan"),
    NewRegion("440604", "4406", "禅城区", "Chancheng District"),
    NewRegion("440605", "4406", "南海区", "Nanhai District"),
)


class Firm(NamedTuple):
    """A company of the story, with its owner's login."""

    key: str
    name: str
    registration_code: str
    region: str
    owner: str
    login: str


BRAND: Final = Firm("huacai", "华彩涂料 Huacai Coatings", "91310000MA1HC0001X", "31", "沈华", "brand@huacai.example")
OTHER_BRAND: Final = Firm(
    "gubang", "固邦防水 Gubang Waterproofing", "91330000MA1GB0001X", "33", "顾邦", "brand@gubang.example"
)


class Bond(NamedTuple):
    """A trade relation of the story. Money in yuan; `limit` None: no limit; prepaid: funding from prepayment."""

    seller: str
    buyer: Firm
    limit: str | None = "0"
    prepaid: str | None = None
    order_minimum: str | None = None
    reservation_minutes: int | None = 120


BONDS: Final = (
    Bond(
        "huacai",
        Firm("yuecai", "粤彩商贸 Yuecai Trading", "91440000MA1YC0001X", "4401", "李粤", "dealer@yuecai.example"),
        "500000",
        None,
        "500",
    ),
    Bond(
        "huacai",
        Firm("zhemei", "浙美建材 Zhemei Materials", "91330000MA1ZM0001X", "3301", "周浙", "dealer@zhemei.example"),
        "300000",
        None,
        "500",
    ),
    Bond(
        "yuecai",
        Firm("shunmei", "顺美建材 Shunmei Materials", "91440600MA1SM0001X", "4406", "陈顺", "sub@shunmei.example"),
        "80000",
    ),
    Bond(
        "zhemei",
        Firm("xihu", "西湖装饰 Xihu Decoration", "91330100MA1XH0001X", "3301", "吴西", "sub@xihu.example"),
        "60000",
    ),
    Bond(
        "shunmei",
        Firm(
            "chancheng", "禅城五金 Chancheng Hardware", "91440600MA1CC0001X", "4406", "何禅", "outlet@chancheng.example"
        ),
        "10000",
    ),
    Bond(
        "xihu",
        Firm("hubin", "湖滨五金 Hubin Hardware", "91330100MA1HB0001X", "3301", "孙滨", "outlet@hubin.example"),
        "0",
        "20000",
    ),
)
OTHER_DEALER: Final = Bond(
    "gubang",
    Firm(
        "jiangnan", "江南防水 Jiangnan Waterproofing", "91330100MA1JN0001X", "3301", "钱江", "dealer@jiangnan.example"
    ),
    "200000",
)
OUTLET_OF_BOTH: Final = "hubin"


OWNER_BY_PHONE: Final = "13926000001"


class Colleague(NamedTuple):
    """A further member of a company. `speaks`: the language chosen for the mall."""

    firm: str
    name: str
    login: str
    roles: tuple[Role, ...]
    regions: tuple[str, ...] | None = None
    speaks: str | None = None


COLLEAGUES: Final = (
    Colleague("huacai", "王单", "clerk@huacai.example", (Role.ORDER_CLERK,)),
    Colleague("huacai", "赵财", "finance@huacai.example", (Role.FINANCE,)),
    Colleague("huacai", "孙库", "warehouse@huacai.example", (Role.WAREHOUSE,)),
    Colleague("huacai", "郑渠", "channel@huacai.example", (Role.CHANNEL_MANAGER,), ("44",)),
    Colleague("yuecai", "李敏", OWNER_BY_PHONE, (Role.OWNER,), speaks="zh"),
    Colleague("yuecai", "黄采", "buyer@yuecai.example", (Role.BUYER,)),
)


class Store(NamedTuple):
    """A warehouse; `share` is what lies in it per SKU, in base units, before the SKU's own variation."""

    firm: str
    code: str
    name: str
    region: str
    serves: tuple[str, ...] | None
    priority: int
    share: int


STORES: Final = (
    Store("huacai", "SH", "上海中央仓 Shanghai central", "31", None, 20, 900),
    Store("huacai", "GZ", "广州仓 Guangzhou", "4401", ("44",), 10, 400),
    Store("huacai", "HZ", "杭州仓 Hangzhou", "3301", ("33",), 10, 400),
    Store("yuecai", "GZ-1", "粤彩仓 Yuecai warehouse", "4401", None, 10, 240),
    Store("zhemei", "HZ-1", "浙美仓 Zhemei warehouse", "3301", None, 10, 240),
    Store("shunmei", "FS-1", "顺美仓 Shunmei warehouse", "4406", None, 10, 80),
    Store("xihu", "XH-1", "西湖仓 Xihu warehouse", "3301", None, 10, 80),
    Store("gubang", "GB-1", "固邦仓 Gubang warehouse", "33", None, 10, 300),
    Store("jiangnan", "JN-1", "江南仓 Jiangnan warehouse", "3301", None, 10, 120),
)


class Prices(NamedTuple):
    """A price list of the story: list price × `factor`, for whom; `breaks` lower it further from a quantity on."""

    firm: str
    code: str
    name: str
    factor: Decimal
    scope: str  # everybody, level 1, region 44, relation yuecai …
    families: tuple[str, ...] = ()
    breaks: tuple[tuple[int, Decimal], ...] = ()


PRICES: Final = (
    Prices("huacai", "BASE", "统一零售价 List prices", Decimal("1.00"), "everybody"),
    Prices(
        "huacai", "L1", "一级经销商价 First-level dealers", Decimal("0.72"), "level 1", (), ((48, Decimal("0.97")),)
    ),
    Prices("huacai", "GD", "广东区域价 Guangdong", Decimal("0.75"), "region 44", ("WF", "FS")),
    Prices(
        "huacai", "YC", "粤彩专价 Yuecai's own", Decimal("0.68"), "relation yuecai", ("WQ",), ((24, Decimal("0.96")),)
    ),
    Prices("yuecai", "YC-L", "粤彩出货价 Yuecai's prices", Decimal("0.82"), "everybody"),
    Prices("zhemei", "ZM-L", "浙美出货价 Zhemei's prices", Decimal("0.83"), "everybody"),
    Prices("shunmei", "SM-L", "顺美出货价 Shunmei's prices", Decimal("0.91"), "everybody"),
    Prices("xihu", "XH-L", "西湖出货价 Xihu's prices", Decimal("0.92"), "everybody"),
    Prices("gubang", "BASE", "统一零售价 List prices", Decimal("0.70"), "everybody"),
    Prices("jiangnan", "JN-L", "江南出货价 Jiangnan's prices", Decimal("0.85"), "everybody"),
)


class Territory(NamedTuple):
    """A region in which a firm may sell what the brand makes; leads from there are offered to it."""

    brand: str
    firm: str
    region: str


TERRITORIES: Final = (
    Territory("huacai", "yuecai", "44"),
    Territory("huacai", "shunmei", "4406"),
    Territory("huacai", "zhemei", "33"),
    Territory("huacai", "xihu", "3301"),
    Territory("gubang", "jiangnan", "33"),
)
LEAD_SECONDS: Final = 30 * 60
"""So long may a dealer think about a lead; the demo works around the clock."""
TENDERS: Final = "工程项目由品牌分配 Tenders: the brand decides"


class Inquiry(NamedTuple):
    """A lead of the story. `dealer` accepted it, got as far as `stage`, and lost it for `lost`."""

    source: str
    number: str
    name: str
    phone: str
    region: str
    category: str
    words: str
    dealer: str | None = None
    stage: Stage | None = None
    lost: LostReason | None = None


INQUIRIES: Final = (
    Inquiry(
        "website",
        "W-1001",
        "林晓燕",
        "137 0571 0001",
        "330106",
        "exterior",
        "别墅外墙翻新，约 300 平方米",
        "xihu",
        stage=Stage.QUOTED,
    ),
    Inquiry("fair", "F-2001", "高志远", "137 0210 0002", "31", "floor", "地坪漆，想成为上海的经销商"),
    Inquiry(
        "hotline",
        "H-3001",
        "马骏",
        "137 0200 0003",
        "4401",
        "interior",
        "三套出租房，内墙",
        "yuecai",
        lost=LostReason.PRICE,
    ),
)


class Habits(NamedTuple):
    """How a member wants to be told: quiet hours in Shanghai's time, the language of messages, and what not."""

    login: str
    quiet: tuple[str, str]
    language: str
    unwanted: tuple[tuple[NotificationKind, Channel], ...] = ()


HABITS: Final = (
    Habits(OWNER_BY_PHONE, ("22:00", "07:00"), "zh"),
    Habits(
        "channel@huacai.example",
        ("21:00", "08:30"),
        "zh",
        ((NotificationKind.LEAD_ACCEPTED, Channel.WECHAT), (NotificationKind.LEAD_ACCEPTED, Channel.EMAIL)),
    ),
)
CLERKS_PRICE_BP: Final = 500
CLERKS_DISCOUNT: Final = "200"
"""How far the order clerk of the brand may go by hand: 5 % off a price, 200 yuan off an order."""
