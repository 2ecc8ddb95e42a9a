# drafted_on = 2026-11-25, reviewed_by = "", reviewed_on = ""
# What the program says about itself when something is not as it should be.

## Texts

sorry = Something went wrong on my side. What you sent is not lost. If you need help now, send /sos.

sorry-dead = I am sorry. I could not handle your last message. It is not because of you. Please send it again in other words. If you need help now, send /sos.

cannot-save = I cannot save right now. Please send it again later if I do not answer. If you need help now, send /sos.

nudge-pause = Here is a small pause for you. Take a sip of something you like. Let your shoulders drop, and take one slow breath.

## Toasts

toast-over = This one is closed. Send /checkin to open a new one.
