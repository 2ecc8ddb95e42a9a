# drafted_on = 2026-11-25, reviewed_by = "", reviewed_on = ""
# Help cards. The number comes first; at most 60 words may stand before it.
# Names, numbers and hours come from resources/<country>.toml.

## Texts

sos-title = <b>If life may be in danger, call now:</b>
sos-emergency-line = { $name }: <b>{ $number }</b>
sos-crisis-line =
    { $name }: <b>{ $number }</b>
    { $hours }
sos-sms-line = { $name }, by text message: <b>{ $number }</b>
sos-sms-word-line = { $name }, by text message: send <b>{ $body }</b> to <b>{ $number }</b>
sos-unconfirmed = <i>One source only gives this number for { $name }. It is not confirmed.</i>
sos-unknown-country = I do not know your country yet. Your local emergency number may be another one.
sos-directory = { $name } lists crisis lines for many countries: { $address }
youth-title = These people talk with young people:
youth-everybody = These people talk with everybody:
youth-none = I do not know a phone line just for young people where you live. These people talk with everybody:
sos-automated = I am an automated program; nobody reads this live. If you can, ask someone to stay with you.
hours-always = Open day and night
hours-unknown = Opening hours are not confirmed

## Buttons

label-copy = Copy { $number }
label-open = Open { $name }
