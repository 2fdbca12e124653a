"""What the people of the tour ask: the same documents a front-end developer would write."""

LOG_IN = """
mutation LogIn($input: LogInInput!) {
  logIn(input: $input) { __typename ... on Session { accessToken } ... on LogInRefused { message } }
}
"""

VIEWER = """
query Viewer { viewer { company { id name } roles } }
"""

SUPPLIERS = """
query Suppliers {
  viewer {
    suppliers(first: 20) {
      edges {
        node {
          id
          seller { id name }
          network { id }
          shipTos(first: 5) { edges { node { id name } } }
          account { ...Standing }
        }
      }
    }
  }
}
fragment Standing on Account {
  credit { limit { amount } exposure { amount } available { amount } parts { kind amount { amount } } }
  prepaymentAvailable { amount }
  receivable { amount }
}
"""

SEARCH = """
query Search($seller: ID!, $search: String!) {
  storefront(sellerId: $seller) {
    offers(search: $search, first: 5) {
      edges {
        node {
          sku { id code name }
          price { state unitPrice { amount } listPrice { amount } trace { listCode listName outcome } }
          availability { state quantity }
          quantityRule { unit minimum multiple }
        }
      }
    }
  }
}
"""

OFFER = """
query Offer($seller: ID!, $sku: String!) {
  storefront(sellerId: $seller) {
    offer(sku: $sku) {
      sku { id code name }
      price { state unitPrice { amount } trace { listCode listName outcome } }
      availability { state quantity }
      quantityRule { unit minimum multiple }
    }
  }
}
"""

PROBLEMS = """
fragment Problems on OrderProblem {
  __typename
  code
  message
  lines
  ... on StockShort { asked available missing }
  ... on QuantityNotAllowed { asked lower upper }
  ... on CreditShort { creditShortBy: shortBy { amount } creditAvailable: available { amount } }
}
"""

PREVIEW = (
    """
query Preview($input: OrderInput!) {
  previewOrder(input: $input) {
    totals { goods { amount } freight { amount } gross { amount currency } }
    problems { ...Problems }
  }
}
"""
    + PROBLEMS
)

CART = """
query Cart($seller: ID!) {
  storefront(sellerId: $seller) { cart { version lines { skuCode quantity } preview { totals { gross { amount } } } } }
}
"""

CHANGE_CART = """
mutation ChangeCart($input: ChangeCartInput!) {
  changeCart(input: $input) { __typename ... on Cart { version lines { skuCode quantity } } ... on Refused { message } }
}
"""

ORDER_FIELDS = """
fragment OrderFields on Order {
  id
  number
  status
  fulfilmentStatus
  version
  cursor
  totals { gross { amount currency } net { amount } tax { amount } cancelled { amount } }
  lines { id skuCode ordered shipped cancelled gross { amount } net { amount } tax { amount } }
  allowedActions
}
"""

PLACE = (
    """
mutation Place($input: PlaceOrderInput!) {
  placeOrder(input: $input) {
    __typename
    ...OrderFields
    ... on OrderRefused { message problems { ...Problems } }
  }
}
"""
    + ORDER_FIELDS
    + PROBLEMS
)

ORDER = (
    """
query Order($id: ID!) { order(id: $id) { ...OrderFields } }
"""
    + ORDER_FIELDS
)

CHANNEL_ORDER = """
query ChannelOrder($id: ID!) {
  channelOrder(id: $id) {
    number
    status
    seller { name }
    buyer { name }
    lines { skuCode ordered shipped }
    totals { gross { amount } }
  }
}
"""

CONFIRM = (
    """
mutation Confirm($input: ConfirmOrderInput!) {
  confirmOrder(input: $input) { __typename ...OrderFields ... on Refused { message } }
}
"""
    + ORDER_FIELDS
)

CANCEL = (
    """
mutation Cancel($input: CancelOrderInput!) {
  cancelOrder(input: $input) { __typename ...OrderFields ... on Refused { message } }
}
"""
    + ORDER_FIELDS
)

SHIP = (
    """
mutation Ship($input: ShipOrderInput!) {
  shipOrder(input: $input) {
    __typename
    ... on ShipmentMoved {
      shipment { id number amount { amount } packages { trackingNumber } }
      order { ...OrderFields }
    }
    ... on Refused { message }
  }
}
"""
    + ORDER_FIELDS
)

DELIVER = """
mutation Deliver($input: ConfirmDeliveryInput!) {
  confirmDelivery(input: $input) {
    __typename
    ... on ShipmentMoved { shipment { status } order { status fulfilmentStatus } }
    ... on Refused { message }
  }
}
"""

RECEIPT = """
mutation Receipt($input: RecordReceiptInput!) {
  recordReceipt(input: $input) {
    __typename
    ... on Receipt { amount { amount } toReceivable { amount } toPrepayment { amount } }
    ... on Refused { message }
  }
}
"""

CUSTOMERS = """
query Customers {
  backoffice { customers(first: 50) { edges { node { id buyer { name } account { receivable { amount } } } } } }
}
"""

EVENTS = """
subscription Events($after: Cursor) {
  events(after: $after) {
    __typename
    ... on EventEnvelope {
      cursor
      event {
        __typename
        ... on OrderChanged { what version order { number status } }
        ... on ChannelOrderChanged { what version channelOrder { number status } }
        ... on ShipmentProgressed { what shipment { number status stalled tracking { edges { node { code } } } } }
        ... on LeadChanged { what lead { id status contact { name phone } offer { deadlineAt } orderNumber } }
        ... on AccountChanged { what relation { id } }
      }
    }
    ... on CaughtUp { cursor }
    ... on Resync { cursor }
  }
}
"""
