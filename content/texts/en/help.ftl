# drafted_on = 2026-11-25, reviewed_by = "", reviewed_on = ""
# What the bot can do, and what it says when it cannot read something.

## Texts

help-text =
    Here is what you can do:

    /checkin – write down how you are
    /today – see what you wrote today
    /stop – end the check-ins
    /start – begin, or change your place or time
    /privacy – what I keep about you
    /sos – phone numbers for help now

    I am an automated program; nobody reads this live. I do not give medical care.

unknown-text = I am a simple program. I cannot understand most of what people write. If you are in danger or need help now, press <b>Help now</b>. Send /help to see what I can do.

cannot-read = I cannot read this kind of message. I can only read typed words. If you need help now, press <b>Help now</b>, or send /sos.

## Commands

command-start = Begin, or change your place or time
command-checkin = Write down how you are
command-today = What you wrote today
command-sos = Phone numbers for help now
command-help = What this can do
command-privacy = What is kept about you
command-stop = End the check-ins
