"""What members are told: their inbox, their settings, and messages by WeChat and e-mail.

Owns: notification, notification_delivery, notification_preference, notification_setting, wx_subscribe_quota
Reads: company, identity, membership, person, region, sales_order, sales_order_event, shipment, trade_relation
Promises: every fact that the table of notices names reaches the inbox of whom it names, once, also when workers die;
    one message leaves the mall for a notification, by the best channel there is; nobody reads another's inbox
Never: holds up an act; stores an address, a token or a lead's contact; says to WeChat twice what may have arrived
Calls: network
Tells: InboxChanged
"""
