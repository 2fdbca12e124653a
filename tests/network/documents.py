"""GraphQL documents of the network's tests."""

SESSION = """... on Session { id accessToken refreshToken expiresAt }
    ... on LogInRefused { code reason retryAfterSeconds message }"""
LOG_IN = f"mutation($input: LogInInput!) {{ logIn(input: $input) {{ __typename {SESSION} }} }}"
WECHAT = f"mutation($input: WeChatLogInInput!) {{ logInWithWeChat(input: $input) {{ __typename {SESSION} }} }}"
REFRESH = f"mutation($input: RefreshSessionInput!) {{ refreshSession(input: $input) {{ __typename {SESSION} }} }}"
SWITCH = f"mutation($input: SwitchCompanyInput!) {{ switchCompany(input: $input) {{ __typename {SESSION} }} }}"
LOG_OUT = "mutation($input: LogOutInput!) { logOut(input: $input) { ... on LoggedOut { sessions } } }"
ACCEPT = f"""mutation($input: AcceptInvitationInput!) {{ acceptInvitation(input: $input) {{ __typename {SESSION}
    ... on InvitationNotValid {{ code problem }} ... on LoginTaken {{ code login }}
    ... on IdentityTaken {{ code }} }} }}"""
INVITE = """mutation($input: InviteMemberInput!) { inviteMember(input: $input) { __typename
    ... on Invitation { id name login roles invitationCode } ... on KeyReused { key } } }"""
MEMBER = "... on Member { id name roles scopeRelationIds scopeRegionCodes status version }"
CHANGE_MEMBER = f"""mutation($input: ChangeMemberInput!) {{ changeMember(input: $input) {{ __typename {MEMBER}
    ... on LastOwner {{ name message }} ... on KeyReused {{ key }} }} }}"""
SUSPEND_MEMBER = f"""mutation($input: MemberActionInput!) {{ suspendMember(input: $input) {{ __typename {MEMBER}
    ... on LastOwner {{ name }} ... on MoveNotAllowed {{ statusNow allowed }} }} }}"""
RESUME_MEMBER = SUSPEND_MEMBER.replace("suspendMember", "resumeMember")
WHO = """{ viewer { locale roles permissions company { id name } member { id name login status }
    memberships { roles company { id name } } } }"""
OPEN_NETWORK = """mutation($input: OpenNetworkInput!) { openNetwork(input: $input) { __typename
    ... on NetworkOpened { networkId } ... on RegistrationClosed { code message } ... on LoginTaken { login }
    ... on CompanyExists { registrationCode } ... on KeyReused { key } } }"""
RELATION = """id status level customerCode version allowedActions network { id name } seller { id name }
    buyer { id name }
    region { code name } terms { currency taxMode funding netDays orderMinimum { amount currency } reservationMinutes
    shipToApproval grantsMoneyToBrand }"""
OPEN_RELATION = f"""mutation($input: OpenRelationInput!) {{ openRelation(input: $input) {{ __typename
    ... on RelationOpened {{ relation {{ {RELATION} }} invitation {{ invitationCode name roles }} }}
    ... on RelationExists {{ relationId buyer }} ... on RelationCycle {{ chain message }}
    ... on CompanyExists {{ registrationCode }} ... on LoginTaken {{ login }} ... on KeyReused {{ key }} }} }}"""
CHANGE_RELATION = f"""mutation($input: ChangeRelationInput!) {{ changeRelation(input: $input) {{ __typename
    ... on TradeRelation {{ {RELATION} }} ... on ChangedMeanwhile {{ expectedVersion version }} }} }}"""
SUSPEND = f"""mutation($input: RelationActionInput!) {{ suspendRelation(input: $input) {{ __typename
    ... on TradeRelation {{ {RELATION} }} ... on MoveNotAllowed {{ statusNow asked allowed }} }} }}"""
RESUME = SUSPEND.replace("suspendRelation", "resumeRelation")
END = SUSPEND.replace("suspendRelation", "endRelation")
CUSTOMERS = f"""query($first: Int, $after: String) {{ backoffice {{ customers(first: $first, after: $after) {{
    edges {{ cursor node {{ {RELATION} }} }} pageInfo {{ hasNextPage endCursor }} }} }} }}"""
SUPPLIERS = f"{{ viewer {{ suppliers {{ edges {{ node {{ {RELATION} }} }} }} }} }}"
ONE_RELATION = f"query($id: ID!) {{ relation(id: $id) {{ {RELATION} }} }}"
CHANNEL = """query($id: ID!) { backoffice { channel(networkId: $id) {
    edges { node { id level status seller { name } buyer { name } region { code } } } } } }"""
