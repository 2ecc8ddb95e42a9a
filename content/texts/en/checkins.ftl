# drafted_on = 2026-11-25, reviewed_by = "", reviewed_on = ""
# Check-ins. The first line of an offer shows on a locked screen: keep it neutral.

## Texts

checkin-offer = Your check-in is ready. It takes about 30 seconds.

ask-headache =
    How is your head right now?
    0 is no pain. 10 is the worst pain you can think of.

ask-sleep =
    How many hours did you sleep last night?
    Pick one, or type a number.

ask-mood = How is your mood today?

ask-craving =
    How strong is the pull to use right now?
    0 is none. 10 is the strongest you can think of.

ask-note =
    Is there anything you want to write down? Type it here, or skip it.
    Nobody reads it live. For help now, send /sos.

# DOTS draws one ● for each step done and one ○ for each step left.
progress = { DOTS($done, $total) }

checkin-done = Thank you. That is saved. Be kind to yourself today.
checkin-stopped = Okay, we stop here. What you gave is saved.
checkin-over = This check-in is closed. Send /checkin to open a new one.
checkin-expired = This check-in has closed by itself. What you gave is saved. Send /checkin to open a new one.
later-ok = Okay, not now. Send /checkin whenever it suits you.

today-title = { $day }
today-empty = There is nothing here for today yet. Send /checkin to begin.
note-changed = I changed that answer.

answer-line-headache = Head: { $value } of 10
answer-line-sleep = Hours of sleep: { $value }
answer-line-mood = Mood: { $value }
answer-line-craving = Pull to use: { $value } of 10
answer-line-note = Note: { $value }
answer-unknown-headache = Head: not answered
answer-unknown-sleep = Hours of sleep: not answered
answer-unknown-mood = Mood: not answered
answer-unknown-craving = Pull to use: not answered
answer-unknown-note = Note: none

reason-over = This one is closed. Send /checkin to open a new one.
reason-not-now = Please press <b>Begin</b> first.
reason-not-understood = I could not read that as an answer. Press a button, or type it another way.
reason-out-of-range = Please pick a number from { $minimum } to { $maximum }.
reason-too-long = That is longer than I can keep here. Please use at most { $limit } letters.
reason-not-text = Please press one of the buttons for this question.

## Buttons

label-check-in = Check in now
label-begin = Begin
label-later = Not now
label-skip = Skip
label-back = Back
label-stop-here = Stop here
label-help-now = Help now

hours-3 = 3
hours-4 = 4
hours-5 = 5
hours-6 = 6
hours-7 = 7
hours-8 = 8
hours-9 = 9

mood-5 = Very good
mood-4 = Good
mood-3 = In between
mood-2 = Low
mood-1 = Very low

scale-0 = 0
scale-1 = 1
scale-2 = 2
scale-3 = 3
scale-4 = 4
scale-5 = 5
scale-6 = 6
scale-7 = 7
scale-8 = 8
scale-9 = 9
scale-10 = 10
