# Mails and SMS, in English.
#
# A mail of the kind `new_device` is made of `mail-new-device-subject`, `-preheader`, `-headline` and `-body`, and, where
# it has them, `-action` (its button) and `-help` ("Wasn't you?"). A blank line in a body begins a paragraph.
# `kindred config check` names texts that are missing and placeholders that a mail does not have.

## Parts of every mail

mail-greeting = Hello { $name },
mail-greeting-anonymous = Hello,
mail-not-you = Wasn't you?
mail-link-note = The link works once, within { $expires-in }.
mail-support = Help: { $support }
mail-terms = Terms
mail-privacy = Privacy

# Who sent the mail, and why.
mail-why-account = { $product } sent this email to the address of your account, because it is about the security of that account. Replies to it are not read.
mail-why-requested = { $product } sent this email because someone entered this address. Replies to it are not read.
mail-why-invited = { $product } sent this email because someone who manages { $product } entered this address. Replies to it are not read.
mail-why-former = { $product } sent this email because an account used this address until now. Replies to it are not read.

# The labels of facts.
mail-label-time = Time
mail-label-device = Device
mail-label-place = Place
mail-label-network = Network
mail-label-new-address = New address
mail-label-factor = Method
mail-label-code = Code
mail-label-provider = Provider
mail-label-codes-left = Codes left
mail-label-erase-at = Deleted on
mail-label-usable-at = Sign in from
mail-label-invited-by = Invited by
mail-label-role = Your role

## Help that several mails offer

mail-help-secure-account = Secure your account now. That signs out every device, and you choose a new password.
mail-help-secure-account-action = Secure my account
mail-help-reset-password = Reset your password now. That signs out every device.
mail-help-reset-password-action = Reset my password
mail-help-end-session = End that session now. The same page lets you secure the whole account.
mail-help-end-session-action = End that session
mail-help-contact-support = Contact the support team of { $product } right away.

## Facts in words

mail-device = { $browser } on { $os }
mail-place = { $city }, { $country }
mail-unknown-device = an unknown device
mail-unknown-place = an unknown place
mail-factor-totp = authenticator app
mail-factor-backup-code = backup code
mail-factor-sms = codes by SMS
mail-factor-webauthn = passkey
mail-role-support = Support
mail-role-admin = Administrator
mail-administrator = an administrator

mail-moment = { $day } { $month } { $year }, { $hour }:{ $minute } ({ $zone })
mail-month-1 = January
mail-month-2 = February
mail-month-3 = March
mail-month-4 = April
mail-month-5 = May
mail-month-6 = June
mail-month-7 = July
mail-month-8 = August
mail-month-9 = September
mail-month-10 = October
mail-month-11 = November
mail-month-12 = December

mail-days = { $count ->
    [one] one day
   *[other] { $count } days
}
mail-hours = { $count ->
    [one] one hour
   *[other] { $count } hours
}
mail-minutes = { $count ->
    [one] one minute
   *[other] { $count } minutes
}
mail-seconds = { $count ->
    [one] one second
   *[other] { $count } seconds
}

## Links that someone asked for

mail-verify-email-subject = { $product }: confirm your address
mail-verify-email-preheader = One more step, and your account is ready. The link works for { $expires-in }.
mail-verify-email-headline = Confirm your email address
mail-verify-email-body = This address was used to create an account with { $product }. Confirm that it is yours to start using the account. You will be asked for the password that was chosen for it.
mail-verify-email-action = Confirm address
mail-verify-email-help = Ignore this email: without the link, no one can use the account. If you want an account of your own, open the link and choose a password that only you know.

mail-address-taken-subject = { $product }: you already have an account
mail-address-taken-preheader = Sign in with this address as usual, or choose a new password.
mail-address-taken-headline = You already have an account
mail-address-taken-body = Someone tried to create an account with { $product } with this address, but it already has one. If it was you, sign in as usual. If you no longer know your password, choose a new one.
mail-address-taken-action = Reset password
mail-address-taken-help = There is nothing to do. The person who tried has learned nothing about your account.

mail-federation-code-subject = { $product }: confirm your email address
mail-federation-code-preheader = Your code is { $code }. It works for { $expires-in }.
mail-federation-code-headline = Confirm your email address
mail-federation-code-body = Someone is signing in to { $product } with the provider below and entered this address. If it is you, enter the code on the page where you signed in. It works for { $expires-in }. Never tell the code to anyone else.
mail-federation-code-help = Ignore this email. Without the code nothing happens.

mail-reset-password-subject = { $product }: reset your password
mail-reset-password-preheader = Choose a new password. The link works for { $expires-in }.
mail-reset-password-headline = Choose a new password
mail-reset-password-body = We received a request to reset the password of your { $product } account. Once you have chosen a new one, every device is signed out.
mail-reset-password-action = Choose new password
mail-reset-password-help = Ignore this email. Your password stays as it is.

mail-account-secured-subject = { $product }: choose a new password
mail-account-secured-preheader = Your account is secured. The link works for { $expires-in }.
mail-account-secured-headline = Your account is secured
mail-account-secured-body = Every device is signed out of your { $product } account, and neither the old password nor a passkey signs in. Choose a new password and sign in with it. Then check your passkeys and second factors, and remove those that you don't know.
mail-account-secured-action = Choose new password
mail-account-secured-help = Then someone else can read your email. Change the password of your email account first, and then this one.

mail-first-credential-subject = { $product }: add a way to sign in
mail-first-credential-preheader = Set a password or add a passkey. The link works for { $expires-in }.
mail-first-credential-headline = Add a way to sign in
mail-first-credential-body = You asked for a password or a passkey for your { $product } account. Open the link in the browser in which you are signed in: it works only there, and only once.
mail-first-credential-action = Continue
mail-first-credential-help = Then someone is signed in to your account. They can do nothing with this link in your mailbox. Sign in, and end the sessions that you don't know.

mail-confirm-email-change-subject = { $product }: confirm your new address
mail-confirm-email-change-preheader = Then your account uses this address. The link works for { $expires-in }.
mail-confirm-email-change-headline = Confirm your new email address
mail-confirm-email-change-body = An account with { $product } is to use this address from now on. Confirm that it is yours. Until then, the account keeps the address that it has.
mail-confirm-email-change-action = Confirm address
mail-confirm-email-change-help = Ignore this email. Without the link, nothing changes.

mail-invitation-subject = { $product }: you are invited
mail-invitation-preheader = Invited by { $inviter }. The invitation is open for { $expires-in }.
mail-invitation-headline = You are invited to { $product }
mail-invitation-body = You are invited to { $product }, with this email address. Accept the invitation to choose a password and sign in.
mail-invitation-action = Accept invitation
mail-invitation-help = If you don't know what this is about, ignore this email. Without the link, nothing happens.

## Something has changed

mail-password-set-subject = { $product }: your account has a password now
mail-password-set-preheader = Set on { $at }, with { $device }.
mail-password-set-headline = Your account has a password now
mail-password-set-body = A password was set for your { $product } account, which had none before. Your other devices were signed out. If it was you, there is nothing to do.
mail-password-set-action = Review your account

mail-password-changed-subject = { $product }: your password was changed
mail-password-changed-preheader = Changed on { $at }, with { $device }.
mail-password-changed-headline = Your password was changed
mail-password-changed-body = The password of your { $product } account was changed. If it was you, there is nothing to do.
mail-password-changed-action = Review your account

mail-account-reclaimed-subject = { $product }: your account was reset
mail-account-reclaimed-preheader = Everything that was set up before you confirmed this address was removed.
mail-account-reclaimed-headline = Your account was reset
mail-account-reclaimed-body =
    You have confirmed the address of an account with { $product } that was never confirmed before. Someone else may have created it, so we removed what was set up in it: second factors, passkeys, backup codes, the phone number, the name and the picture. Every device was signed out.

    If you had set these up yourself, sign in and set them up again.
mail-account-reclaimed-action = Go to your account
mail-account-reclaimed-help = Then someone else can read your email. Change the password of your email account first, and then this one.

mail-email-change-requested-subject = { $product }: your address is about to change
mail-email-change-requested-preheader = The new address is { $new-address }.
mail-email-change-requested-headline = Your email address is about to change
mail-email-change-requested-body = Someone asked to change the email address of your { $product } account. As soon as the new address is confirmed, it takes the place of this one.
mail-email-change-requested-help = Secure your account now. That cancels the change and signs out every device, and you choose a new password.

mail-email-changed-subject = { $product }: your address was changed
mail-email-changed-preheader = The new address is { $new-address }.
mail-email-changed-headline = Your email address was changed
mail-email-changed-body = The email address of your { $product } account was changed. From now on, emails about it go to the new address.
mail-email-changed-help = Undo the change within { $expires-in }. Your account then uses this address again, and every device is signed out.
mail-email-changed-help-action = Undo the change

mail-email-assigned-subject = { $product }: the address of your account
mail-email-assigned-preheader = Sign in with this address from now on.
mail-email-assigned-headline = This is the address of your account now
mail-email-assigned-body = An administrator has made this the email address of your { $product } account. Sign in with it from now on. Your password is the same.
mail-email-assigned-action = Go to your account
mail-email-assigned-help = If you have no account with { $product }, contact its support team.

mail-factor-added-subject = { $product }: a second factor was added
mail-factor-added-preheader = Added on { $at }: { $factor }.
mail-factor-added-headline = A second factor was added
mail-factor-added-body = Your { $product } account has one more way to confirm that it is you. If you added it, there is nothing to do.
mail-factor-added-action = Review your account

mail-factor-removed-subject = { $product }: a second factor was removed
mail-factor-removed-preheader = Removed on { $at }: { $factor }.
mail-factor-removed-headline = A second factor was removed
mail-factor-removed-body = Your { $product } account has one way less to confirm that it is you. If you removed it, there is nothing to do.
mail-factor-removed-action = Review your account

mail-identity-linked-subject = { $product }: a way to sign in was added
mail-identity-linked-preheader = Added on { $at }: { $provider }.
mail-identity-linked-headline = A way to sign in was added
mail-identity-linked-body = From now on you can sign in to your { $product } account with the provider below. If you added it, there is nothing to do.
mail-identity-linked-action = Review your account

mail-identity-removed-subject = { $product }: a way to sign in was removed
mail-identity-removed-preheader = Removed on { $at }: { $provider }.
mail-identity-removed-headline = A way to sign in was removed
mail-identity-removed-body = You can no longer sign in to your { $product } account with the provider below. If you removed it, there is nothing to do.
mail-identity-removed-action = Review your account

mail-backup-code-used-subject = { $product }: a backup code was used
mail-backup-code-used-preheader = Used on { $at }, with { $device }.
mail-backup-code-used-headline = A backup code was used
mail-backup-code-used-body = Someone signed in to your { $product } account with a backup code. If it was you, cross the code off your list: it works only once.
mail-backup-code-used-action = Review your account

mail-backup-codes-low-subject = { $product }: few backup codes are left
mail-backup-codes-low-preheader = Create new ones before you need them.
mail-backup-codes-low-headline = Few backup codes are left
mail-backup-codes-low-body = { $left ->
    [0] No backup code is left
    [one] One backup code is left
   *[other] { $left } backup codes are left
} for your { $product } account. Create new ones before you need them.
mail-backup-codes-low-action = Create new codes
mail-backup-codes-low-help = If you didn't use the other codes, secure your account now. That signs out every device, and you choose a new password.

mail-backup-codes-renewed-subject = { $product }: new backup codes
mail-backup-codes-renewed-preheader = Created on { $at }. The old codes no longer work.
mail-backup-codes-renewed-headline = New backup codes were created
mail-backup-codes-renewed-body = Your { $product } account has new backup codes. The old ones no longer work. If you created them, keep them in a safe place.
mail-backup-codes-renewed-action = Review your account

mail-factors-reset-subject = { $product }: your second factors were removed
mail-factors-reset-preheader = From { $usable-at }, the password alone is enough.
mail-factors-reset-headline = Your second factors were removed
mail-factors-reset-body = An administrator removed all second factors from your { $product } account and signed out every device. After the time below, you can sign in with your password alone and set them up again.
mail-factors-reset-help = If you didn't ask for this, secure your account now, and contact the support team of { $product }.

## Someone signed in, or tried to

mail-new-device-subject = { $product }: sign-in from a new device
mail-new-device-preheader = With { $device }, on { $at }.
mail-new-device-headline = New sign-in to your account
mail-new-device-body = Someone signed in to your { $product } account from a device that we had not seen before. If it was you, there is nothing to do.
mail-new-device-action = Review your devices

mail-unusual-login-subject = { $product }: sign-in from an unusual place
mail-unusual-login-preheader = From { $place }, on { $at }.
mail-unusual-login-headline = Sign-in from an unusual place
mail-unusual-login-body = Someone signed in to your { $product } account from a place that we did not expect. If it was you, there is nothing to do.
mail-unusual-login-action = Review your devices

mail-replay-detected-subject = { $product }: a device was signed out
mail-replay-detected-preheader = A copy of its sign-in may have been used, on { $at }.
mail-replay-detected-headline = We signed out a device to protect you
mail-replay-detected-body = A sign-in token of your { $product } account was used twice. This happens when someone has copied it, so we signed out the device that it belonged to. If you know the device, sign in on it again.
mail-replay-detected-action = Review your devices

mail-refresh-unconfirmed-subject = { $product }: a device was signed out
mail-refresh-unconfirmed-preheader = Most often this is harmless. It was { $device }, on { $at }.
mail-refresh-unconfirmed-headline = We signed out a device
mail-refresh-unconfirmed-body = A device sent a sign-in token of your { $product } account that had been used before. Most often, a lost connection is the reason; it can also mean that someone has copied the token. If you know the device, sign in on it again.
mail-refresh-unconfirmed-action = Review your devices

mail-account-locked-subject = { $product }: too many wrong passwords
mail-account-locked-preheader = To sign in on a new device, reset your password first.
mail-account-locked-headline = Too many wrong passwords
mail-account-locked-body = Someone entered too many wrong passwords for your { $product } account. To sign in with a password on a new device, reset it first. Devices that you have used before and passkeys still work.
mail-account-locked-action = Reset password
mail-account-locked-help = Then someone is trying to guess your password. They have not succeeded.

mail-factor-locked-subject = { $product }: someone may know your password
mail-factor-locked-preheader = The password was right, the codes after it were wrong.
mail-factor-locked-headline = Someone may know your password
mail-factor-locked-body = The password of your { $product } account was entered correctly, followed by too many wrong codes. This method is now locked for a while. If it was you, wait and try again later.
mail-factor-locked-help = Someone knows your password, but did not get in. Secure your account now: that signs out every device, and you choose a new password.

## The end of an account

mail-erasure-requested-subject = { $product }: your account will be deleted
mail-erasure-requested-preheader = It is deleted on { $erase-at }. Until then you can keep it.
mail-erasure-requested-headline = Your account will be deleted
mail-erasure-requested-body = Someone asked us to delete your { $product } account with everything that belongs to it. No one can bring it back afterwards. Until the time below, you can still keep it.
mail-erasure-requested-action = Keep my account
mail-erasure-requested-help = Keep the account first. Then secure it: that signs out every device, and you choose a new password.

mail-erasure-cancelled-subject = { $product }: your account stays
mail-erasure-cancelled-preheader = The deletion was canceled on { $at }.
mail-erasure-cancelled-headline = Your account will not be deleted
mail-erasure-cancelled-body = The deletion of your { $product } account was canceled. You can use the account as before.
mail-erasure-cancelled-action = Go to your account

mail-account-erased-subject = { $product }: your account was deleted
mail-account-erased-preheader = This is the last email about it.
mail-account-erased-headline = Your account was deleted
mail-account-erased-body = Your { $product } account was deleted, with everything that belonged to it. This is the last email about it.
mail-account-erased-help = If you didn't ask for this, contact the support team of { $product }.

## SMS. The server adds a last line that binds the code to its page.

sms-code = { $code } is your { $product } code. It expires in { $expires-in }. Don't share it with anyone.
