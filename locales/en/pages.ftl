### The pages that mails lead to, and the shell of the application. Every message may mention { $product }.

# The name of this language, in this language.
page-language = English

## Titles of the application's pages

page-title-login = Sign in
page-title-register = Create account
page-title-forgot = Forgot password
page-title-account = Your account
page-title-administration = Administration
page-noscript-title = This page needs JavaScript
page-noscript-text = Turn JavaScript on for this site and open the page again. You can reset your password without it.
page-noscript-forgot = Reset password

## Shared

page-try-again = Try again
page-back = Back
page-go-login = Sign in
page-go-account = Go to your account
page-go-new-link = Send a new link
page-go-reset = Set a new password
page-foot-terms = Terms of use
page-foot-privacy = Privacy
page-foot-support = Help
page-email = Email address
page-new-password = New password
page-new-password-hint = At least { $min } characters. A few unusual words in a row work well.
# What is typed to confirm what cannot be undone.
page-word = yes
page-word-label = Type “{ $word }” to go on
page-fact-when = When
page-fact-where = Where
page-fact-name = Name given
page-fact-device = Device
page-fact-erased-at = Will be erased
page-device = { $browser } on { $system }
page-moment = { $day } { $month } { $year }, { $time } UTC
page-month-1 = January
page-month-2 = February
page-month-3 = March
page-month-4 = April
page-month-5 = May
page-month-6 = June
page-month-7 = July
page-month-8 = August
page-month-9 = September
page-month-10 = October
page-month-11 = November
page-month-12 = December

## What people can correct

page-error-password = That password doesn’t match this account. Check it, or set a new one.
page-error-password-missing = Enter the password of this account.
page-error-code = That code doesn’t work. Use the newest code of your app, or a backup code that you haven’t used.
page-error-code-missing = This account has a second factor. Enter a code of your app, or a backup code.
page-error-passkey-only = This account’s only second factor is a passkey. Sign in with it, create backup codes, and reset the password with one of them.
page-error-taken = Another account has this address by now. Nothing was changed.
page-error-email = Enter an email address, such as name@example.com.
page-error-terms = Accept the terms of use to go on.
page-error-too-short = Use at least { $min } characters.
page-error-too-long = Use at most 256 characters.
page-error-common = This password is one of the most common ones. Choose another.
page-error-own-data = This password contains your own data or the name of this service. Choose another.
page-error-unchanged = This is your current password. Choose another.
page-error-weak = This password is too easy to guess. Add a word or two.
page-error-breached = This password became public in a breach of another service. Choose another.
page-error-word = Type the word to go on. Nothing was changed.
page-error-captcha = We could not tell whether you are a person. Try again; this page needs JavaScript for it.
page-error-too-many = { $minutes ->
    [one] Too many tries. Wait a minute, then try again.
   *[other] Too many tries. Wait { $minutes } minutes, then try again.
  }

## What people cannot correct

page-failure-title = This didn’t work
page-failure-text = Something went wrong on our side or on the way. Nothing was changed.
page-failure-stale-title = This page is out of date
page-failure-stale-text = It was open for too long, or in another browser. Nothing was changed. Open it again and repeat what you did.
page-failure-closed-title = This isn’t possible
page-failure-closed-text = Registration is closed, or the invitation isn’t for this address. Nothing was changed.
page-failure-too-many-title = Too many tries
page-failure-too-many-text = Nothing was changed. Wait a few minutes, then try again.
page-failure-busy-title = We’re busy
page-failure-busy-text = Nothing was changed. Wait a moment, then try again.
page-no-link-title = Open the link in the mail again
page-no-link-text = For your safety, this page forgets a link after ten minutes. The link in the mail still works.
page-other-link-title = You opened another link
page-other-link-text = Another link was opened in this browser since you opened this page. Nothing was changed. Open the link that you mean once more.

## Confirm an address

page-verify-title = Confirm your address
page-verify-own = You signed up for { $product } with { $address }. Confirm that the address is yours.
page-verify-other = Someone signed up for { $product } with { $address }. If it was you, enter the password that you chose.
page-verify-password = Password
page-verify-button = Confirm address
page-verify-not-me = This wasn’t me
page-verify-no-password = I don’t know the password
page-verify-done-title = Your address is confirmed
page-verify-done-text = You can sign in now.
page-verify-used-title = Already confirmed
page-verify-used-text = This address is confirmed. There is nothing left to do.
page-verify-expired-title = This link has expired
page-verify-expired-text = Links to confirm an address work for a limited time. Send a new one, or sign up again.
page-verify-invalid-title = This link doesn’t work
page-verify-invalid-text = It may be incomplete, or replaced by another one. Open the newest mail, or send a new link.
page-verify-declined-title = Nothing was set up
page-verify-declined-text = The registration with your address is discarded. There is nothing left to do.
page-decline-title = Discard this registration?
page-decline-text = No one will be able to use { $product } with { $address } by this registration. This can’t be undone.
page-decline-button = Discard registration
page-own-password-title = Set a password of your own
page-own-password-text = This confirms { $address } and discards everything else that was registered for it.
page-own-password-button = Set password and confirm
page-own-password-done = The password is set. You can sign in now.

## Reset a password

page-reset-title = Set a new password
page-reset-text = For { $address }. All devices will be signed out.
page-reset-code = Code of your app, or a backup code
page-reset-code-hint = This account is protected by a second factor.
page-reset-button = Set password
page-reset-done-title = Your password is set
page-reset-done-text = All devices are signed out. Sign in with the new password.
page-reset-used-title = Already used
page-reset-used-text = A password was set with this link. Sign in with it.
page-reset-expired-title = This link has expired
page-reset-expired-text = Your password is unchanged. Send a new link to set another one.
page-reset-invalid-title = This link doesn’t work
page-reset-invalid-text = It may be incomplete, or replaced by another one. Your password is unchanged.

## Confirm a change of address

page-confirm-title = Confirm your new address
page-confirm-text = The account of { $old } will use { $new } from now on.
page-confirm-not-me = If you don’t know this account, close the page. Nothing changes then.
page-confirm-button = Use this address
page-confirm-done-title = Your address is changed
page-confirm-done-text = Sign in with { $address } from now on.
page-confirm-used-title = Already changed
page-confirm-used-text = The account uses this address. There is nothing left to do.
page-confirm-expired-title = This link has expired
page-confirm-expired-text = The address is unchanged. Ask for the change again in your account.
page-confirm-invalid-title = This link doesn’t work
page-confirm-invalid-text = It may be incomplete, replaced by another one, or the session that asked for it has ended. The address is unchanged.

## Undo a change of address

page-undo-title = Take the change back
page-undo-text = Your account gets { $address } back. All devices are signed out. No one can sign in before you set a new password by a mail to this address.
page-undo-button = Take it back
page-undo-done-title = The change is taken back
page-undo-done-text = All devices are signed out, and the old password no longer works. Open the mail that we just sent, and set a new one.
page-undo-used-title = Already taken back
page-undo-used-text = The account has its former address. There is nothing left to do.
page-undo-expired-title = This link has expired
page-undo-expired-text = A change can be taken back for seven days. Our help can tell you what else you can do.
page-undo-invalid-title = This link doesn’t work
page-undo-invalid-text = It may be incomplete, or replaced by another one. Nothing was changed.

## Accept an invitation

page-invitation-title = Join { $product }
page-invitation-text = You were invited as { $address }. Choose a password to set up your account.
page-invitation-name = Your name (optional)
page-invitation-terms = I accept the terms of use
page-invitation-button = Create account
page-invitation-done-title = Welcome to { $product }
page-invitation-done-text = Your account is set up. You can sign in now.
page-invitation-used-title = Already accepted
page-invitation-used-text = The account is set up. Sign in with its password.
page-invitation-expired-title = This invitation has expired
page-invitation-expired-text = Ask the person who invited you to send another one.
page-invitation-invalid-title = This invitation doesn’t work
page-invitation-invalid-text = It may be incomplete, taken back, or replaced by another one. Ask the person who invited you.

## Keep an account

page-keep-title = Keep your account
page-keep-text = The account of { $address } is going to be erased. You can still keep it.
page-keep-button = Keep account
page-keep-done-title = Your account stays
page-keep-done-text = It will not be erased. If you didn’t ask for that, set a new password.
page-keep-used-title = Your account stays
page-keep-used-text = It is not going to be erased. There is nothing left to do.
page-keep-expired-title = This link has expired
page-keep-expired-text = The time to keep the account is over.
page-keep-invalid-title = This link doesn’t work
page-keep-invalid-text = It may be incomplete, or the account no longer exists.

## End a session

page-end-session-title = End this session?
page-end-session-text = Someone signed in to the account of { $address }. If it wasn’t you, end the session.
page-end-session-button = End session
page-end-session-secure = Secure my account
page-end-session-done-title = The session has ended
page-end-session-done-text = That device is signed out. If someone knows your password, set a new one.
page-end-session-used-title = Already done
page-end-session-used-text = The session has ended. If someone knows your password, set a new one.
page-end-session-expired-title = This link has expired
page-end-session-expired-text = Sign in to see which devices are signed in, or set a new password.
page-end-session-invalid-title = This link doesn’t work
page-end-session-invalid-text = It may be incomplete. Set a new password if you don’t trust a login.

## Secure an account

page-secure-title = Secure your account
page-secure-text = All devices of { $address } are signed out, and open links stop working. No one can sign in before you set a new password by the mail that we send you.
page-secure-button = Secure account
page-secure-done-title = Your account is secured
page-secure-done-text = All devices are signed out, and neither the old password nor a passkey signs in. Open the mail that we just sent, and set a new password.
page-secure-used-title = Already done
page-secure-used-text = The account was secured with this link. No one can sign in before a new password is set. Ask for a mail if you still need to do that.
page-secure-expired-title = This link has expired
page-secure-expired-text = Set a new password instead: this signs out all devices, too.
page-secure-invalid-title = This link doesn’t work
page-secure-invalid-text = It may be incomplete, or replaced by another one. Set a new password instead: this signs out all devices, too.

## Ask for a mail

page-forgot-title = Forgot your password?
page-forgot-text = Enter your address. We send you a link to set a new password.
page-resend-title = Send the link again
page-resend-text = Enter the address that you signed up with. We send you the link to confirm it.
page-send-button = Send link
page-captcha-frame = Confirm that you are a person
page-captcha-noscript = This form needs JavaScript, to tell people from programs. Turn it on for this site and open the page again.
page-sent-title = Look into your mailbox
page-sent-text = If there is something to send to this address, it arrives within a few minutes. Look into the spam folder, too.

## On the way

page-continue-title = One moment
page-continue-ended-title = You’re signed out
page-continue-ended-text = This session has ended. Nothing you saved is lost. Go back to the application and sign in again.
page-continue-failed-title = The page can’t be opened at the moment
page-continue-failed-text = You’re still signed in. Wait a moment, then try again.
page-continue-noscript = This page needs JavaScript to keep you signed in.
