# The words of the application in the browser. Each text is one message; { $product } is the name of the product.

## Shared

skip = Skip to content
back = Back
cancel = Cancel
change = Change
close = Close
copy = Copy
copied = Copied.
copy-failed = The browser did not allow copying. Select the text and copy it.
done = Done
download = Download
downloaded = Saved to your downloads.
end = End
finish = Finish
keep = Keep
loading = Loading
or = or
print = Print
remove = Remove
rename = Rename
save = Save
show-more = Show more
try-again = Try again
yes = Yes

time-just-now = just now
duration-seconds = { $count ->
    [one] one second
   *[other] { $count } seconds
}
duration-minutes = { $count ->
    [one] one minute
   *[other] { $count } minutes
}
duration-hours = { $count ->
    [one] one hour
   *[other] { $count } hours
}
wait-left = ({ $time } left)
wait-over = You can try again now.

foot-support = Help
foot-privacy = Privacy
foot-terms = Terms

offline = You are offline.
offline-since = You are offline. What is shown is from { $time }.
unreachable-title = { $product } can’t be reached
unreachable-text = You are still signed in. Check your connection. This page loads by itself when it is back.
not-shown-title = This can’t be shown right now

email = Email address
email-missing = Enter your email address.
password = Password
password-missing = Enter your password.
password-show = Show
password-show-long = Show password
password-hide = Hide
password-caps-lock = Caps Lock is on.
new-password-hint = At least { $count } characters. A few unrelated words work well.
language = Language

## Signing in

login-title = Sign in to { $product }
sign-in = Sign in
sign-in-again = Sign in again
sign-out = Sign out
forgot-link = Forgot it?
login-passkey = Use a passkey
login-provider = Continue with { $name }
provider-other = the provider
provider-finishing = { $name } has confirmed who you are. One moment …
provider-address-title = What is your email address?
provider-address-why = { $name } did not tell us an address. Enter one that you read: we send a code to it.
provider-address-submit = Send code
provider-code = Code from the mail
provider-code-hint = Ten characters, such as 7k3mq-x9t2p
provider-code-sent = We sent a mail to { $address }. Enter the code in it to finish.
provider-code-sent-there = We sent a mail to the address that { $name } told us. Enter the code in it to finish.
provider-code-known = Does the mail say that you already have an account? Then sign in to it, and link { $name } there.
provider-terms-why = We are about to create your account. It needs your consent first.
provider-exists-title = You already have an account
provider-exists-text = An account with the address that { $name } told us is linked to another sign-in there. Nothing was changed.
provider-exists-next = Sign in the way you do today. Afterwards we ask you whether { $name } should open this account as well.
provider-exists-act = Sign in and link
provider-linked = { $name } is linked. You can sign in with it from now on.
provider-not-linked = { $name } was not linked
provider-confirmed = { $name } has confirmed that it’s you. Go on with what you wanted to do.
provider-not-confirmed = { $name } did not confirm that it’s you
login-new = New here?
login-register = Create account
back-to-login = Back to sign-in
captcha-working = Making sure this is not an automated attempt …
captcha-frame = Confirm that you are a person

second-step-title = One more step
second-step-provider = With { $name }
not-you = Not you?
verify = Verify
another-way = or another way
trust-device = Trust this device
trust-device-hint = Next time your password is enough here. Only for devices that are yours.
trust-device-hint-provider = Next time there is no second step on it. Only for devices that are yours.
challenge-ends = This sign-in ends in { $time }.
challenge-renewed = You have more time.
challenge-over = That took too long, or there were too many wrong codes. Start again with your password.
challenge-over-provider = That took too long, or there were too many wrong codes. Start again.
more-time = Give me more time

method-webauthn = Passkey
method-webauthn-use = Use your passkey
method-totp = Authenticator app
method-sms = Code by SMS
method-backup_code = Backup code
method-password = Password
method-federation = Another provider
code-totp = Code from your app
code-totp-hint = Six digits. They change every 30 seconds.
code-sms = Code from the SMS
code-sms-hint = Six digits, sent to your phone.
code-backup_code = Backup code
code-backup_code-hint = One of the codes you saved. Each works once.
code-missing = Enter the code.
second-step-totp = Open your authenticator app and enter the code for { $product }.
second-step-sms = We are sending you a code.
second-step-sms-sent = We sent a code to { $number }.
second-step-backup_code = Enter one of the codes you saved. It works once.
second-step-webauthn = Confirm with your fingerprint, your face, or the PIN of your device.
sms-again = Send another code
sms-sent-again = We sent another code.

step-up-title = Confirm that it’s you
step-up-why = What comes next could lock you out if someone else did it. We ask once more.
step-up-confirm = Confirm
step-up-passkey = Confirm with your fingerprint, your face, or the PIN of your device.
step-up-provider = Sign in there once more. You come back to this page, and then go on with what you wanted to do.
step-up-none = Your account has no password and no passkey yet, and your provider can’t confirm that it’s you. We send a link to your address: open it in this browser.

forgot-title = Set a new password
forgot-why = We send a link to your address. Your password stays as it is until you use it.
forgot-submit = Send link
forgot-sent = If there is an account for { $address }, a link is on its way. It works for a short time.
mail-not-there = Nothing there after a few minutes? Look in the spam folder, and check the address.
check-mail-title = Check your mail

## Creating an account

register-title = Create your account
register-why = One account for everything at { $product }.
register-submit = Create account
register-known = Already have an account?
register-invite = New accounts are by invitation. Open the link in your invitation.
register-closed = New accounts can’t be created at the moment.
display-name = Name
display-name-optional = Name (optional)
display-name-hint = Shown to you, and in the mails we send you.
terms-accept = I accept the terms
terms-missing = Accept the terms to create an account.
waiting-text = We sent a link to { $address }. Open it to finish.
waiting-status = This page goes on by itself as soon as you have opened the link.
waiting-stopped = This page has stopped looking. After you have opened the link, sign in.
waiting-change = Change address
verification-again = Send the link again
verification-sent-again = We sent the link again.

## Account

account-title = Account
account-menu = Menu of { $email }
index-label = Sections of your account
overview-index = Overview
overview-title = Your account
security-index = Sign-in
activity-index = Activity
profile-index = Profile
data-index = Your data

ended-title = You have been signed out
ended-session_revoked = This session was ended, here or on another of your devices. Nothing you saved is lost.
ended-session_expired = You were away for long, so we ended this session. Nothing you saved is lost.
ended-refresh_token_reused = Someone may have copied this session, so we ended it. Sign in again, and look at your activity afterwards.
ended-refresh_token_invalid = This browser’s session can no longer be used. Nothing you saved is lost.

truth-devices = { $count ->
    [one] One device is signed in.
    [2] Two devices are signed in.
    [3] Three devices are signed in.
    [4] Four devices are signed in.
   *[other] { $count } devices are signed in.
}
truth-nothing = Nothing needs your attention.
truth-odd = { $count ->
    [one] One sign-in looks unusual. Tell us below whether it was you.
   *[other] { $count } sign-ins look unusual. Tell us below whether it was you.
}
truth-erasing = Your account is going to be erased on { $day }.
truth-unverified = Your address { $email } is not confirmed yet. Open the link in our mail.
truth-no-factor = One step is enough to get into your account. A second factor makes it much harder to break into.
truth-no-factor-act = Add a second factor
truth-codes = { $count ->
    [0] You have no backup codes left. Create new ones, so that a lost phone does not lock you out.
    [one] You have one backup code left. Create new ones, so that a lost phone does not lock you out.
   *[other] You have { $count } backup codes left. Create new ones, so that a lost phone does not lock you out.
}
truth-codes-act = Create backup codes

sessions-title = Where you’re signed in
sessions-why = End what you no longer use or don’t recognize. It takes effect at once.
sessions-none = Not signed in anywhere.
sessions-end-others = End all others
sessions-end-others-question = { $count ->
    [one] End one session?
   *[other] End { $count } sessions?
}
sessions-ended = { $count ->
    [one] One session ended.
   *[other] { $count } sessions ended.
}
sessions-not-ended = Nothing was ended. { $why }
session-end-question = End session?
session-ended = The session on { $name } has ended.
session-not-ended = The session on { $name } has not ended. { $why }
session-active = active { $ago }
session-active-now = active now
session-signed-in = Signed in { $day } { $how }
ended-sessions-title = Ended in the last 90 days
ended-sessions-none = Nothing has ended in the last 90 days.
end-reason-logout = You signed out
end-reason-ended_by_user = You ended it on another device
end-reason-logout_all = You signed out everywhere
end-reason-session_limit = You signed in on too many devices
end-reason-replaced = You signed in again in the same browser
end-reason-replay = Ended for safety: someone may have copied it
end-reason-unconfirmed = Ended for safety: its last answer was asked for twice
end-reason-retry_expired = Ended for safety: a request was repeated too late
end-reason-regressed = Ended after a recovery of our system
end-reason-credentials_changed = Your password changed
end-reason-factor_removed = Your second factors changed
end-reason-ended_by_admin = Ended by an administrator
end-reason-account_disabled = Your account was disabled
end-reason-erasure = You asked to erase your account
end-reason-expired = Not used for a long time
end-reason-revoke_all = We signed everyone out
end-reason-provider_logout = You signed out at the provider you had signed in with
end-reason-provider_removed = We no longer offer the provider you had signed in with
end-reason-other = Ended
this-device = This device
place-unknown = Unknown place
device-on = { $browser } on { $os }
device-unknown = Unknown device
device-used = Last used { $ago }
device-expires = Trusted until { $day }
amr-passkey = with passkey
amr-password = with password
amr-provider = with another provider
amr-password-passkey = with password and passkey
amr-password-code = with password and code
amr-password-sms = with password and SMS
amr-other = with another method
was-you = Was this you?
was-you-no = No, secure my account
was-you-thanks = Thanks. We won’t ask about this one again.
secured-next = All other sessions have ended. Change your password now.

trusted-title = Trusted devices
trusted-why = Your password is enough on these. Stop trusting what you gave away or lost.
trusted-remove = Stop trusting
trusted-question = Stop trusting this device?
trusted-yes = Stop
trusted-removed = { $name } is asked for a second factor again.

security-title = Sign-in
security-one = One step is enough to get into your account.
security-two = Your account asks for two things: something you know and something you have.
password-row = Change it if someone else may know it.
factors-title = Second factors
factors-none = No second factor yet. With one, your password alone is of no use to a thief.
factor-first = Add a second factor
factor-add = Add another
factor-added = added { $day }
factor-used = Last used { $ago }
factor-unused = Not used yet
factor-removed = { $name } was removed. Your other sessions have ended.
factor-remove-question = Remove?
passkey-synced = Synced passkey
passkey-bound = Passkey on one device
passkey-name = Name
passkey-name-missing = Enter a name.
passkey-rename = Rename passkey
codes-title = Backup codes
codes-left = { $count ->
    [0] None left
    [one] One code left
   *[other] { $count } codes left
}
codes-why = For when your phone is lost. Each code works once.
codes-new = Create new codes
codes-new-question = The old ones stop working. Go on?
codes-new-yes = Create
codes-explained = With one of these you get in when your phone is lost. Each works once. Keep them where you would find them without your phone.
codes-wrote = I wrote them down
codes-finish-hint = First copy, download or print the codes, or tick the box above.
codes-file-title = Backup codes for { $product }
codes-file-name = { $product }-backup-codes.txt

linked-title = Other ways to sign in
linked-why = Accounts at other providers that open this one.
linked-not = Not linked
linked-added = linked { $day }
linked-over = No longer offered
linked-add = Link
linked-removed = { $name } no longer opens your account. Your other sessions have ended.
linked-remove-question = Remove { $name }?
linked-explain-title = Link { $name }?
linked-explain = You go to { $name }, sign in there, and come back. After that:
linked-does-sign-in = You can sign in here with { $name }, without your password.
linked-does-keep = Your address, your password and your second factors stay as they are.
linked-does-warn = Anyone who can use your account at { $name } can use that way in. Protect it as well as this one.
linked-go = Go to { $name }

wizard-title = Choose a second factor
wizard-why = Besides your password we then ask for something only you have.
wizard-required = Your account needs a second factor before you can go on.
wizard-steps = Step { $at } of 3
wizard-step-choose = Choose
wizard-step-connect = Connect
wizard-step-save = Save codes
wizard-save-title = Save your backup codes
wizard-end-title = Your account is harder to break into
wizard-end-webauthn = Next time, choose “Use a passkey” when you sign in. There is nothing to type.
wizard-end-totp = Next time, we ask for a code from your app after your password.
wizard-end-sms = Next time, you can have a code sent to your phone after your password.
choice-webauthn = Fastest, nothing to type
choice-totp = Works without network
choice-sms = Weaker than the others
choice-taken = Already set up
choice-sms-later = Possible beside a passkey or an app
connect-webauthn-title = Create a passkey
connect-webauthn-text = Your device asks for your fingerprint, your face or its PIN. That stays on your device.
connect-webauthn-submit = Create passkey
connect-totp-title = Connect your app
connect-totp-text = Scan this with an authenticator app, then enter the code it shows.
connect-totp-picture = QR code for your authenticator app. The key below does the same.
connect-totp-open = Open in your app
connect-totp-by-hand = Can’t scan? Enter this key in the app.
connect-totp-key = Key for your app
connect-totp-code-hint = Six digits. They change every 30 seconds.
connect-totp-submit = Connect
connect-sms-title = Add your phone number
connect-sms-warning = An SMS can be intercepted. Use it as a spare, beside your passkey or app.
connect-sms-submit = Send code
phone = Phone number
phone-hint = With the country code, such as +44 20 7946 0958.
phone-missing = Enter your phone number.
phone-other = Use another number

password-change-title = Change your password
password-change-why = Your other sessions end. You stay signed in here.
password-first = Set a password
password-first-done = Your password is set. Your other sessions have ended.
password-row-none = You have none yet.
first-credential-title = Add a way to sign in
password-change-submit = Change password
password-changed = Your password was changed. Your other sessions have ended.
password-current = Current password
password-new = New password
password-must-change = Your password has to be changed before you can go on.

activity-title = Activity
activity-why = What has happened to your account. Something you don’t recognize? End the session, and change your password.
event-by-administrator = by an administrator
events-none = Nothing yet.

profile-title = Profile
profile-why = How you appear, and how we reach you.
profile-details = Name and language
profile-saved = Saved.
language-hint = For these pages and for our mails.
picture-title = Picture
picture-alt = Your picture
picture-none = No picture
picture-choose = Choose picture
picture-change = Change picture
picture-hint = PNG, JPEG, WebP or GIF. We remove where it was taken.
picture-saved = Your new picture is in place.
picture-removed = Your picture was removed.

address-index = Email address
address-title = Change your address
address-why = It is { $email } until you confirm the new one.
address-new = New email address
address-submit = Send confirmation
address-sent = We sent a link to { $address }. Your address changes when you open it. The old address is told as well.
address-row = We send links and notices there.
address-verified = Confirmed
address-unverified = Not confirmed

data-title = Your data
data-why = What we keep about you is yours. Take it with you, or have it erased.
export-title = A copy of your data
export-text = One file with everything we keep about you, for you or for another service.
export-submit = Download copy
export-file-name = { $product }-data.json
erase-title = Erase your account
erase-text = { $days ->
    [0] Everything is erased at once and can’t be restored.
    [one] Everything is erased after one day. Until then signing in keeps your account.
   *[other] Everything is erased after { $days } days. Until then signing in keeps your account.
}
erase-open = Erase account
erase-question = Erase your account?
erase-explained = { $days ->
    [0] You are signed out everywhere, and everything is erased at once. It can’t be restored.
    [one] You are signed out everywhere now. After one day everything is erased for good.
   *[other] You are signed out everywhere now. After { $days } days everything is erased for good.
}
erase-type = Enter { $email } to confirm
erase-mismatch = That is not the address of the account.
erase-submit = Erase account
erase-keep = Keep account
erased-title = You are signed out everywhere
erased-later = Your account is erased on { $date }. If you change your mind, sign in before.
erased-now = Your account has been erased.
erased-sign-in = Sign in and keep it

## Administration

administration-title = Administration
people-title = People
people-search = Name, address or external id
people-filter = Show
people-all = Everyone
people-active = Active
people-unverified = Not confirmed
people-locked = Locked
people-disabled = Disabled
people-erasing = Being erased
people-person = Person
people-state = State
people-factors = Sign-in
people-since = Since
people-seen = Last seen
people-never = Not yet
people-two-factors = Two factors
people-one-factor = Password only
people-external = External id
people-id = Id
people-menu = Actions for { $name }
people-open = Show details
people-none = No one here yet. Invite the first person.
people-none-found = No one matches. Change the search or the filter.
people-found = { $count ->
    [0] No one found
    [one] One person shown
   *[other] { $count } people shown
}
role = Role
role-user = User
role-support = Support
role-admin = Administrator
role-hint = Support sees accounts and ends sessions. Administrators do everything.
person-sessions = Sessions
actions-title = Actions
action-unlock = Unlock
action-unlock-text = Forgets wrong passwords and codes.
action-unlock-question = Unlock { $name }?
action-unlock-done = { $name } can sign in again.
action-enable = Enable
action-enable-text = Lets this person sign in again.
action-enable-question = Enable { $name }?
action-enable-done = { $name } was enabled.
action-require-password-change = Require a new password
action-require-password-change-text = Ends all sessions. The next sign-in asks for a new password.
action-require-password-change-question = Require a new password of { $name }?
action-require-password-change-done = { $name } must set a new password.
action-reset-mfa = Reset second factors
action-reset-mfa-text = Removes all of them. Check first who asks for it.
action-reset-mfa-question = Reset the second factors of { $name }?
action-reset-mfa-done = The second factors of { $name } were removed.
action-disable = Disable
action-disable-text = Ends all sessions, and keeps this person from signing in.
action-disable-question = Disable { $name }?
action-disable-done = { $name } was disabled.
action-reason = Reason
action-reason-hint = Kept with the event, for those who look into it later.
action-reason-missing = Say why, in a few words.
action-erase = Erase account
action-erase-text = Erases everything about this person, for good.
action-erase-question = Erase { $name }?
action-erase-explained = Sessions end, and everything about this person is erased for good. It can’t be restored.
action-erase-done = { $name } is being erased.
invite = Invite
invite-title = Invite someone
invite-why = They get a mail with a link that works once.
invite-submit = Send invitation
invited = { $address } was invited.
invited-at = Invited
invitations-title = Invitations
invitations-none = No invitations yet.
invitation-open = Open
invitation-accepted = Accepted
invitation-expired = Expired
invitation-revoked = Revoked
invitation-revoked-told = The invitation of { $address } was revoked.
revoke = Revoke
revoke-question = Revoke the invitation?
compliance-title = Compliance
compliance-as-of = As of { $date }.
compliance-erasures = Erasures and terms
compliance-pending = Waiting for erasure
compliance-due = Due now
compliance-grace = Time to change one’s mind
compliance-terms = Terms in force
compliance-no-terms = None are required
compliance-categories = What is kept
compliance-category = Category
compliance-rows = Rows
compliance-oldest = Oldest
compliance-retention = Kept for
compliance-jobs = What was deleted
compliance-job = Job
compliance-finished = Last run
compliance-deleted = Rows last time
compliance-deleted-all = Rows in all

## Events

event-other = { $kind }
event-account-registered = Account created
event-account-created = Account created by an administrator
event-account-updated = Profile changed
event-account-disabled = Account disabled
event-account-enabled = Account enabled
event-account-locked = Too many wrong passwords
event-account-unlocked = Account unlocked
event-account-exported = Copy of the data downloaded
event-account-erasure_requested = Erasure requested
event-account-erasure_cancelled = Erasure cancelled
event-account-erased = Account erased
event-account-roles_changed = Roles changed
event-account-avatar_changed = Picture changed
event-account-avatar_removed = Picture removed
event-account-reclaimed = Account taken over by the owner of the address
event-consent-given = Terms accepted
event-registration-declined = Registration declined
event-email-verification_requested = Confirmation of the address requested
event-email-verified = Address confirmed
event-email-change_requested = Change of the address requested
event-email-changed = Address changed
event-login-succeeded = Signed in
event-login-failed = Failed attempt to sign in
event-login-anomalous = Unusual sign-in
event-step_up-succeeded = Confirmed that it was you
event-step_up-failed = Failed confirmation
event-password-rehashed = Stored password renewed
event-password-changed = Password changed
event-password-reset_requested = Link to set a new password requested
event-password-reset = New password set by link
event-password-change_required = New password required
event-first_credential-requested = Link to a first password or passkey requested
event-password-set = First password set
event-invitation-created = Invitation sent
event-invitation-revoked = Invitation revoked
event-invitation-accepted = Invitation accepted
event-application-created = Application created
event-application-removed = Application removed
event-access-denied = Access denied
event-audit-exported = Security events exported
event-reason = Reason: { $reason }
event-session-ended = Signed out
event-sessions-ended = Sessions ended
event-sessions-all_revoked = All sessions of everyone ended
event-signing_key-rotated = Key of access tokens changed
event-signing_key-retired = Key of access tokens retired
event-root_key-rotated = Key of sessions changed
event-root_key-retired = Key of sessions retired
event-refresh_token-replayed = Session ended: someone may have copied it
event-refresh_token-unconfirmed = Session ended: its last renewal was never used
event-refresh_token-regressed = Session ended after a restore
event-factor-enrolled = Second factor added
event-factor-removed = Second factor removed
event-factor-failed = Wrong second factor
event-factor-locked = Second factor locked for a while
event-factors-reset = Second factors reset
event-identity-linked = Sign-in with another provider added
event-identity-removed = Sign-in with another provider removed
event-mfa-challenged = Second factor asked for
event-backup_codes-generated = Backup codes created
event-backup_code-used = Backup code used
event-sms_code-sent = Code sent by SMS
event-device-trusted = Device trusted
event-device-removed = Device no longer trusted

## Errors: what happened, what is safe, what to do

error-unexpected = Something went wrong on our side. Nothing was changed that you can’t see here. Try again. Reference: { $reference }
error-internal = Something went wrong on our side. Try again in a moment. Reference: { $reference }
error-unreachable = { $product } can’t be reached. Nothing was changed. Check your connection, and try again.
error-unavailable = { $product } is not available right now. Try again in a moment.
error-overloaded = Many people are here right now. Try again in { $wait }.
error-request_timeout = That took too long. Check your connection, and try again.
error-superseded = Another window was faster. Load the page again.
error-unconfirmed = We don’t know whether that worked. Load the page again before you repeat it.
error-invalid_credentials = That password doesn’t match this account.
error-login-invalid_credentials = That password doesn’t match this account. Check it or reset it.
error-step-up-invalid_credentials = That password doesn’t match this account. Check it, and try again.
error-password-change-invalid_credentials = The current password is not right. Check it, and try again.
error-account_not_active = This account can’t sign in. Ask the support of { $product }.
error-email_not_verified = Your address is not confirmed yet. Open the link we sent you, or have it sent again.
error-mfa_reset_pending = Your second factors were reset. For safety you can sign in in { $wait }. If you did not ask for this, tell the support now.
error-mfa_code_invalid = That code doesn’t match. Enter the one that is shown now.
error-challenge_invalid = That took too long. Start again.
error-connect-mfa_code_invalid = That code doesn’t match. Check the time of your phone, and enter the code that is shown now.
error-rate_limited = Too many tries. Wait { $wait }.
error-login-rate_limited = Too many tries. Wait { $wait }, or use your passkey.
error-captcha_required = We could not tell whether you are a person. Try again.
error-captcha_invalid = The check took too long. Try again.
error-csrf_failed = This page has been open for too long. Load it again.
error-forbidden = You may not do that.
error-register-forbidden = New accounts can’t be created right now, or not with this address.
error-administration-forbidden = Your role does not allow this, or not for this person.
error-not_found = That is no longer there.
error-conflict = That doesn’t fit the present state. { $detail }
error-factor-conflict = Your account needs a second factor. Add another one first.
error-sms-conflict = Add a passkey or an app first. SMS works beside one of them.
error-passkey-conflict = This passkey is already set up, or there are too many of them.
error-first-credential-challenge_invalid = This link has expired or was used before. Ask for a new one.
error-first-credential-forbidden = This link belongs to another session. Ask for a new one here.
error-passkey_known = This device already has a passkey for your account. Use another device.
error-federation_failed = Signing in with the other provider did not work, or took too long. Nothing was changed. Start again.
error-federation_cancelled = You turned back at the other provider. Nothing was changed.
error-provider_unavailable = The other provider can’t be reached right now. Try again in a moment, or sign in another way.
error-federation_email_missing = The other provider did not tell us an address. Enter one.
error-account_exists = You already have an account. Sign in to it, and link the other provider there.
error-provider-forbidden = You don’t have an account here yet, and new ones can’t be created right now.
error-provider-validation_failed-invalid = That is not an address we can write to. Check for typing mistakes.
error-provider-validation_failed-wrong = That is not the code of the newest mail. Check it, and try again.
error-provider-link-conflict = It may belong to another account here, or your own address is not confirmed yet. Nothing was changed.
error-linked-conflict = This is your last way to sign in. Set a password or add a passkey, then remove it.
error-email_taken = There is an account with this address. Sign in, or set a new password.
error-invite-email_taken = There is an account with this address.
error-mfa_enrollment_required = This needs a second factor. Add one first.
error-step_up_required = That needs your confirmation.
error-payload_too_large = That file is too large.
error-picture-payload_too_large = That picture is too large. Choose a smaller one.
error-picture-unsupported_media_type = Choose a PNG, JPEG, WebP or GIF.
error-picture-validation_failed = That picture can’t be read. Choose another one.
error-picture-validation_failed-damaged = That picture is damaged. Choose another one.
error-picture-validation_failed-too_many_pixels = That picture has too many pixels. Choose a smaller one.
error-validation_failed = Check this entry. { $detail }
error-validation_failed-invalid_email = That is not an address we can write to. Check for typing mistakes.
error-validation_failed-invalid_phone = Enter the number with its country code, such as +44 20 7946 0958.
error-validation_failed-phone_not_allowed = We don’t send codes to numbers of this kind. Use another one.
error-validation_failed-unchanged = That is the address you already have.
error-validation_failed-must_accept = Accept the current terms to go on.
error-weak_password = Choose a stronger password.
error-weak_password-too_short = That is too short. Add a few more words.
error-weak_password-too_long = That is too long. Use at most 256 characters.
error-weak_password-forbidden_characters = That contains characters that can’t be typed everywhere. Leave them out.
error-weak_password-common_password = Many people use this password, so it is the first to be tried. Choose another one.
error-weak_password-own_data = That is too close to your name or address. Choose something unrelated.
error-weak_password-too_guessable = That is easy to guess. Add a few unrelated words.
error-weak_password-unchanged = That is your present password. Choose another one.
error-breached_password = This password became public in a breach of another service. Choose another one, and change it wherever you use it.
error-breached_password-breached = This password became public in a breach of another service. Choose another one, and change it wherever you use it.
