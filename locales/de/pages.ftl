### Die Seiten, zu denen Mails führen, und der Rahmen der Anwendung.

page-language = Deutsch

## Titel der Seiten der Anwendung

page-title-login = Anmelden
page-title-register = Konto erstellen
page-title-forgot = Passwort vergessen
page-title-account = Ihr Konto
page-title-administration = Verwaltung
page-noscript-title = Diese Seite braucht JavaScript
page-noscript-text = Schalten Sie JavaScript für diese Seite ein und öffnen Sie sie noch einmal. Ihr Passwort können Sie auch ohne zurücksetzen.
page-noscript-forgot = Passwort zurücksetzen

## Gemeinsames

page-try-again = Noch einmal versuchen
page-back = Zurück
page-go-login = Anmelden
page-go-account = Zu Ihrem Konto
page-go-new-link = Neuen Link senden
page-go-reset = Neues Passwort setzen
page-foot-terms = Nutzungsbedingungen
page-foot-privacy = Datenschutz
page-foot-support = Hilfe
page-email = E-Mail-Adresse
page-new-password = Neues Passwort
page-new-password-hint = Mindestens { $min } Zeichen. Einige ungewöhnliche Wörter hintereinander eignen sich gut.
page-word = ja
page-word-label = Geben Sie „{ $word }“ ein, um fortzufahren
page-fact-when = Wann
page-fact-where = Wo
page-fact-name = Angegebener Name
page-fact-device = Gerät
page-fact-erased-at = Wird gelöscht
page-device = { $browser } auf { $system }
page-moment = { $day }. { $month } { $year }, { $time } UTC
page-month-1 = Januar
page-month-2 = Februar
page-month-3 = März
page-month-4 = April
page-month-5 = Mai
page-month-6 = Juni
page-month-7 = Juli
page-month-8 = August
page-month-9 = September
page-month-10 = Oktober
page-month-11 = November
page-month-12 = Dezember

## Was sich berichtigen lässt

page-error-password = Dieses Passwort passt nicht zum Konto. Prüfen Sie es oder setzen Sie ein neues.
page-error-password-missing = Geben Sie das Passwort des Kontos ein.
page-error-code = Dieser Code gilt nicht. Verwenden Sie den neuesten Code Ihrer App oder einen Ersatzcode, den Sie noch nicht benutzt haben.
page-error-code-missing = Dieses Konto hat einen zweiten Faktor. Geben Sie einen Code Ihrer App oder einen Ersatzcode ein.
page-error-passkey-only = Der einzige zweite Faktor dieses Kontos ist ein Passkey. Melden Sie sich damit an, erzeugen Sie Ersatzcodes und setzen Sie das Passwort mit einem davon zurück.
page-error-taken = Diese Adresse gehört inzwischen zu einem anderen Konto. Es wurde nichts geändert.
page-error-email = Geben Sie eine E-Mail-Adresse ein, zum Beispiel name@example.com.
page-error-terms = Stimmen Sie den Nutzungsbedingungen zu, um fortzufahren.
page-error-too-short = Verwenden Sie mindestens { $min } Zeichen.
page-error-too-long = Verwenden Sie höchstens 256 Zeichen.
page-error-common = Dieses Passwort gehört zu den häufigsten. Wählen Sie ein anderes.
page-error-own-data = Dieses Passwort enthält Ihre eigenen Daten oder den Namen dieses Dienstes. Wählen Sie ein anderes.
page-error-unchanged = Das ist Ihr bisheriges Passwort. Wählen Sie ein anderes.
page-error-weak = Dieses Passwort ist zu leicht zu erraten. Fügen Sie ein, zwei Wörter hinzu.
page-error-breached = Dieses Passwort ist bei einem Vorfall eines anderen Dienstes bekannt geworden. Wählen Sie ein anderes.
page-error-word = Geben Sie das Wort ein, um fortzufahren. Es wurde nichts geändert.
page-error-captcha = Wir konnten nicht erkennen, ob Sie ein Mensch sind. Versuchen Sie es noch einmal; diese Seite braucht dafür JavaScript.
page-error-too-many = { $minutes ->
    [one] Zu viele Versuche. Warten Sie eine Minute und versuchen Sie es dann noch einmal.
   *[other] Zu viele Versuche. Warten Sie { $minutes } Minuten und versuchen Sie es dann noch einmal.
  }

## Was sich nicht berichtigen lässt

page-failure-title = Das hat nicht geklappt
page-failure-text = Bei uns oder unterwegs ist etwas schiefgegangen. Es wurde nichts geändert.
page-failure-stale-title = Diese Seite ist veraltet
page-failure-stale-text = Sie war zu lange geöffnet oder in einem anderen Browser. Es wurde nichts geändert. Öffnen Sie die Seite neu und wiederholen Sie den Schritt.
page-failure-closed-title = Das ist nicht möglich
page-failure-closed-text = Die Registrierung ist geschlossen oder die Einladung gilt nicht für diese Adresse. Es wurde nichts geändert.
page-failure-too-many-title = Zu viele Versuche
page-failure-too-many-text = Es wurde nichts geändert. Warten Sie einige Minuten und versuchen Sie es dann noch einmal.
page-failure-busy-title = Gerade ist viel los
page-failure-busy-text = Es wurde nichts geändert. Warten Sie einen Moment und versuchen Sie es dann noch einmal.
page-no-link-title = Öffnen Sie den Link in der Mail noch einmal
page-no-link-text = Zu Ihrer Sicherheit vergisst diese Seite einen Link nach zehn Minuten. Der Link in der Mail gilt weiter.
page-other-link-title = Sie haben einen anderen Link geöffnet
page-other-link-text = Seit Sie diese Seite geöffnet haben, wurde in diesem Browser ein anderer Link geöffnet. Es wurde nichts geändert. Öffnen Sie den gemeinten Link noch einmal.

## Eine Adresse bestätigen

page-verify-title = Bestätigen Sie Ihre Adresse
page-verify-own = Sie haben sich mit { $address } bei { $product } registriert. Bestätigen Sie, dass die Adresse Ihnen gehört.
page-verify-other = Jemand hat sich mit { $address } bei { $product } registriert. Wenn Sie das waren, geben Sie das gewählte Passwort ein.
page-verify-password = Passwort
page-verify-button = Adresse bestätigen
page-verify-not-me = Das war ich nicht
page-verify-no-password = Ich kenne das Passwort nicht
page-verify-done-title = Ihre Adresse ist bestätigt
page-verify-done-text = Sie können sich jetzt anmelden.
page-verify-used-title = Schon bestätigt
page-verify-used-text = Diese Adresse ist bestätigt. Es bleibt nichts zu tun.
page-verify-expired-title = Dieser Link ist abgelaufen
page-verify-expired-text = Links zum Bestätigen einer Adresse gelten nur eine Zeit lang. Senden Sie einen neuen oder registrieren Sie sich noch einmal.
page-verify-invalid-title = Dieser Link gilt nicht
page-verify-invalid-text = Vielleicht ist er unvollständig oder durch einen anderen ersetzt. Öffnen Sie die neueste Mail oder senden Sie einen neuen Link.
page-verify-declined-title = Es wurde nichts eingerichtet
page-verify-declined-text = Die Registrierung mit Ihrer Adresse ist verworfen. Es bleibt nichts zu tun.
page-decline-title = Diese Registrierung verwerfen?
page-decline-text = Mit dieser Registrierung kann dann niemand { $product } mit { $address } nutzen. Das lässt sich nicht rückgängig machen.
page-decline-button = Registrierung verwerfen
page-own-password-title = Setzen Sie ein eigenes Passwort
page-own-password-text = Damit bestätigen Sie { $address } und verwerfen alles andere, was dafür registriert wurde.
page-own-password-button = Passwort setzen und bestätigen
page-own-password-done = Das Passwort ist gesetzt. Sie können sich jetzt anmelden.

## Ein Passwort zurücksetzen

page-reset-title = Setzen Sie ein neues Passwort
page-reset-text = Für { $address }. Alle Geräte werden abgemeldet.
page-reset-code = Code Ihrer App oder ein Ersatzcode
page-reset-code-hint = Dieses Konto ist durch einen zweiten Faktor geschützt.
page-reset-button = Passwort setzen
page-reset-done-title = Ihr Passwort ist gesetzt
page-reset-done-text = Alle Geräte sind abgemeldet. Melden Sie sich mit dem neuen Passwort an.
page-reset-used-title = Schon verwendet
page-reset-used-text = Mit diesem Link wurde ein Passwort gesetzt. Melden Sie sich damit an.
page-reset-expired-title = Dieser Link ist abgelaufen
page-reset-expired-text = Ihr Passwort ist unverändert. Senden Sie einen neuen Link, um ein anderes zu setzen.
page-reset-invalid-title = Dieser Link gilt nicht
page-reset-invalid-text = Vielleicht ist er unvollständig oder durch einen anderen ersetzt. Ihr Passwort ist unverändert.

## Eine neue Adresse bestätigen

page-confirm-title = Bestätigen Sie Ihre neue Adresse
page-confirm-text = Das Konto von { $old } verwendet ab jetzt { $new }.
page-confirm-not-me = Wenn Sie dieses Konto nicht kennen, schließen Sie die Seite. Dann ändert sich nichts.
page-confirm-button = Diese Adresse verwenden
page-confirm-done-title = Ihre Adresse ist geändert
page-confirm-done-text = Melden Sie sich ab jetzt mit { $address } an.
page-confirm-used-title = Schon geändert
page-confirm-used-text = Das Konto verwendet diese Adresse. Es bleibt nichts zu tun.
page-confirm-expired-title = Dieser Link ist abgelaufen
page-confirm-expired-text = Die Adresse ist unverändert. Ändern Sie sie in Ihrem Konto noch einmal.
page-confirm-invalid-title = Dieser Link gilt nicht
page-confirm-invalid-text = Vielleicht ist er unvollständig, durch einen anderen ersetzt, oder die Sitzung ist beendet, in der er angefordert wurde. Die Adresse ist unverändert.

## Eine Änderung der Adresse zurücknehmen

page-undo-title = Nehmen Sie die Änderung zurück
page-undo-text = Ihr Konto bekommt { $address } zurück. Alle Geräte werden abgemeldet. Niemand kann sich anmelden, bis Sie mit einer Mail an diese Adresse ein neues Passwort gesetzt haben.
page-undo-button = Zurücknehmen
page-undo-done-title = Die Änderung ist zurückgenommen
page-undo-done-text = Alle Geräte sind abgemeldet, und das alte Passwort gilt nicht mehr. Öffnen Sie die Mail, die wir gerade gesendet haben, und setzen Sie ein neues.
page-undo-used-title = Schon zurückgenommen
page-undo-used-text = Das Konto hat wieder seine frühere Adresse. Es bleibt nichts zu tun.
page-undo-expired-title = Dieser Link ist abgelaufen
page-undo-expired-text = Eine Änderung lässt sich sieben Tage lang zurücknehmen. Unsere Hilfe sagt Ihnen, was Sie sonst tun können.
page-undo-invalid-title = Dieser Link gilt nicht
page-undo-invalid-text = Vielleicht ist er unvollständig oder durch einen anderen ersetzt. Es wurde nichts geändert.

## Eine Einladung annehmen

page-invitation-title = Willkommen bei { $product }
page-invitation-text = Sie wurden als { $address } eingeladen. Wählen Sie ein Passwort, um Ihr Konto einzurichten.
page-invitation-name = Ihr Name (freiwillig)
page-invitation-terms = Ich stimme den Nutzungsbedingungen zu
page-invitation-button = Konto erstellen
page-invitation-done-title = Ihr Konto ist eingerichtet
page-invitation-done-text = Sie können sich jetzt bei { $product } anmelden.
page-invitation-used-title = Schon angenommen
page-invitation-used-text = Das Konto ist eingerichtet. Melden Sie sich mit seinem Passwort an.
page-invitation-expired-title = Diese Einladung ist abgelaufen
page-invitation-expired-text = Bitten Sie die Person, die Sie eingeladen hat, um eine neue.
page-invitation-invalid-title = Diese Einladung gilt nicht
page-invitation-invalid-text = Vielleicht ist sie unvollständig, zurückgenommen oder durch eine andere ersetzt. Fragen Sie die Person, die Sie eingeladen hat.

## Ein Konto behalten

page-keep-title = Behalten Sie Ihr Konto
page-keep-text = Das Konto von { $address } soll gelöscht werden. Noch können Sie es behalten.
page-keep-button = Konto behalten
page-keep-done-title = Ihr Konto bleibt
page-keep-done-text = Es wird nicht gelöscht. Wenn die Löschung nicht von Ihnen kam, setzen Sie ein neues Passwort.
page-keep-used-title = Ihr Konto bleibt
page-keep-used-text = Es wird nicht gelöscht. Es bleibt nichts zu tun.
page-keep-expired-title = Dieser Link ist abgelaufen
page-keep-expired-text = Die Frist, in der Sie das Konto behalten konnten, ist vorbei.
page-keep-invalid-title = Dieser Link gilt nicht
page-keep-invalid-text = Vielleicht ist er unvollständig, oder das Konto besteht nicht mehr.

## Eine Sitzung beenden

page-end-session-title = Diese Sitzung beenden?
page-end-session-text = Jemand hat sich beim Konto von { $address } angemeldet. Wenn Sie das nicht waren, beenden Sie die Sitzung.
page-end-session-button = Sitzung beenden
page-end-session-secure = Mein Konto sichern
page-end-session-done-title = Die Sitzung ist beendet
page-end-session-done-text = Das Gerät ist abgemeldet. Wenn jemand Ihr Passwort kennt, setzen Sie ein neues.
page-end-session-used-title = Schon erledigt
page-end-session-used-text = Die Sitzung ist beendet. Wenn jemand Ihr Passwort kennt, setzen Sie ein neues.
page-end-session-expired-title = Dieser Link ist abgelaufen
page-end-session-expired-text = Melden Sie sich an, um Ihre angemeldeten Geräte zu sehen, oder setzen Sie ein neues Passwort.
page-end-session-invalid-title = Dieser Link gilt nicht
page-end-session-invalid-text = Vielleicht ist er unvollständig. Setzen Sie ein neues Passwort, wenn Sie einer Anmeldung nicht trauen.

## Ein Konto sichern

page-secure-title = Sichern Sie Ihr Konto
page-secure-text = Alle Geräte von { $address } werden abgemeldet, und offene Links gelten nicht mehr. Niemand kann sich anmelden, bis Sie mit der Mail, die wir Ihnen senden, ein neues Passwort gesetzt haben.
page-secure-button = Konto sichern
page-secure-done-title = Ihr Konto ist gesichert
page-secure-done-text = Alle Geräte sind abgemeldet, und weder das alte Passwort noch ein Passkey gilt. Öffnen Sie die Mail, die wir gerade gesendet haben, und setzen Sie ein neues Passwort.
page-secure-used-title = Schon erledigt
page-secure-used-text = Mit diesem Link wurde das Konto gesichert. Niemand kann sich anmelden, bis ein neues Passwort gesetzt ist. Fordern Sie eine Mail an, wenn Sie das noch tun möchten.
page-secure-expired-title = Dieser Link ist abgelaufen
page-secure-expired-text = Setzen Sie stattdessen ein neues Passwort: Auch das meldet alle Geräte ab.
page-secure-invalid-title = Dieser Link gilt nicht
page-secure-invalid-text = Vielleicht ist er unvollständig oder durch einen anderen ersetzt. Setzen Sie stattdessen ein neues Passwort: Auch das meldet alle Geräte ab.

## Eine Mail anfordern

page-forgot-title = Passwort vergessen?
page-forgot-text = Geben Sie Ihre Adresse ein. Wir senden Ihnen einen Link, mit dem Sie ein neues Passwort setzen.
page-resend-title = Link noch einmal senden
page-resend-text = Geben Sie die Adresse ein, mit der Sie sich registriert haben. Wir senden Ihnen den Link zum Bestätigen.
page-send-button = Link senden
page-captcha-frame = Bestätigen Sie, dass Sie ein Mensch sind
page-captcha-noscript = Dieses Formular braucht JavaScript, um Menschen von Programmen zu unterscheiden. Schalten Sie es für diese Seite ein und öffnen Sie sie noch einmal.
page-sent-title = Sehen Sie in Ihr Postfach
page-sent-text = Wenn es für diese Adresse etwas zu senden gibt, kommt es in wenigen Minuten an. Sehen Sie auch im Spam-Ordner nach.

## Unterwegs

page-continue-title = Einen Moment
page-continue-ended-title = Sie sind abgemeldet
page-continue-ended-text = Diese Sitzung ist beendet. Was Sie gespeichert haben, bleibt erhalten. Gehen Sie zurück zur Anwendung und melden Sie sich neu an.
page-continue-failed-title = Die Seite lässt sich gerade nicht öffnen
page-continue-failed-text = Sie sind weiterhin angemeldet. Versuchen Sie es gleich noch einmal.
page-continue-noscript = Diese Seite braucht JavaScript, damit Sie angemeldet bleiben.
