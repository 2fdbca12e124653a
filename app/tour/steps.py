"""The steps of the tour, in order."""

from app.tour import buying, desk, inbox, leads, levels, papers, parcels

STEPS = (
    buying.search,
    buying.own_prices,
    buying.all_problems_at_once,
    buying.cart,
    buying.listen,
    buying.place,
    buying.held,
    desk.waits,
    desk.propose,
    desk.accept,
    papers.files,
    parcels.ship_while_asleep,
    parcels.ship_rest,
    parcels.pushes,
    parcels.deliver,
    parcels.pay,
    levels.level_below,
    levels.who_sees_what,
    levels.credit_short,
    levels.cancel,
    leads.come,
    leads.lapse,
    leads.win,
    desk.confirm_many,
    inbox.read,
)
