"""The mall: rules, state and the entry. Read top to bottom; a line may import only from the lines below it.

cli, commands   `tributary`: demo, serve, work, migrate, audit, import, watch, tour, schema
asgi            the composition root: lifespan and routes; the one module that may know everything
demo            the story that `make demo` seeds
importing       products, relations, prices, stock and leads from CSV and XLSX
http            webhooks, uploads, files, health, metrics
papers          what leaves as a file: sales orders and delivery notes (PDF), exported lists (XLSX), signed links
insight         dashboards, reports, coverage map, dealer stock and sell-through
leads           intake, routing, response deadlines, follow-up; deal registration, joint opportunities
partners        onboarding, agreements, training and certification, scorecards
communication   announcements, knowledge base, notifications, feedback
incentives      targets, rebates, marketing funds
traceability    unit codes, scans, diversion signals and cases
fulfilment      shipments, loading check, carriers, tracking, proof of delivery, returns, claims
ordering        carts, previews, quotes, orders, approvals, holds, cancellation, stored goods and call-offs
storefront      what a buyer sees: offers, search, facets; the one-statement reads over catalog, pricing, inventory
payments        Stripe, WeChat JSAPI, bank transfer vouchers, receipts, allocation, refunds
promotions      promotions, coupons, points rules, apportionment
pricing         price lists, assignments, resolution and its trace
inventory       warehouses, stock levels, reservations, allocations, moves, quotas
ledger          accounts, transfers, holds, credit lines, exposure, statements
catalog         products, SKUs, units of measure, tax classes, categories, listings
network         networks, companies, trade relations, territories, ship-to addresses, members, roles, sessions
kernel          words every domain uses: money, quantity, refusal, lifecycle, act, outbox, inbox, clock, page, ids

Under all of them lie `wake` (wake-ups through Redis), `embedded` (the real PostgreSQL and Valkey of the laptop and the
tests), `supervise` and `leash` (children that start again, and end with their starter), `tables` (models and
migrations), `database` (connections) and `settings` (every setting, read once).
"""
