# drafted_on = 2026-11-25, reviewed_by = "", reviewed_on = ""
# Joining, consent, and the ways in and out.
# `## Buttons` starts a group of button labels (short, no markup); `## Texts` ends it.

## Texts

start-what =
    Hello. This is <b>Stillwater</b>, a diary with short check-ins. It is for people who use kratom, cut down, stop, or stay stopped. You pick what is right for you.

    What you should know first:
    • I am an automated program. I am not a person.
    • Nobody reads this live.
    • I do not give medical care. I am not an emergency service.
    • I am for adults.

    If you need help right now, press <b>Help now</b> or send /sos. That works at any time.

    Are you 18 or older?

under-age-joined =
    Thank you for telling me. I am made for adults, so I will not write first any more. To have what you wrote deleted, ask the person who runs this bot.

    You still deserve good help. These people talk with young people:

under-age =
    Thank you for telling me. I am made for adults, so we stop here. I have kept nothing.

    You still deserve good help. These people talk with young people:

consent-ask =
    Before we begin, it is your choice what I may do.

    <b>Keep my diary.</b> I keep your answers and notes, so that you can see how your days go. They may be about your health. They are locked with a key (encrypted).
    <b>Send me messages.</b> I send you check-ins at the time you pick.

    I keep this until you ask to have it deleted. For that, ask the person who runs this bot. They hold the key. Telegram also holds a copy of this chat.

    You can send /stop at any time. Is this okay for you?

consent-refused =
    That is fine. I keep nothing about you, and I will not send you check-ins.

    If you ever need help, /sos works for you all the same. If you change your mind, send /start.

join-place = Where are you? I use it for your clock and for the right phone numbers. Press your country, or type the name of a big city near you.

place-unknown = I could not find “{ $typed }”. Try the nearest big city, or the name of your country.

place-choose = There is more than one clock there. Which place has the same time as you?

join-zone-right = It is { $time } for you, right?

join-time = When should I send your check-in? Pick a time, or type one, such as 19:30.

join-done =
    All set. I will write to you every day at { $time }. Your first check-in: { $next }.

    It takes about 30 seconds. You can skip any question. Send /checkin to do one now, or /stop to end the messages.

join-done-no-time =
    All set. I will not write first. Send /checkin whenever you like.

    Send /help to see what else you can do.

welcome-back = Good to see you again. Send /checkin to write down how you are, or /help to see what you can do.

stopped = Okay. I have stopped your check-ins. What you wrote before is still here. Send /start when you want them back. /sos still works.

stopped-already = Your check-ins are already off. Send /start when you want them back. /sos still works.

not-joined = Please press /start first, so that I may keep what you write. If you need help now, /sos works right away.

resumed = Your check-ins are on again. The next one: { $next }.

## Buttons

start-yes-adult = Yes, I am 18 or older
start-no-adult = No, I am younger
consent-yes = Yes, keep my diary and write to me
consent-no = No, thank you
label-place = { $name }
label-yes = Yes
label-no = No
label-start = Start
label-none-time = No check-ins
country-us = United States
country-gb = United Kingdom
country-ca = Canada
country-au = Australia
country-ie = Ireland
country-nz = New Zealand
country-de = Germany
country-my = Malaysia
country-th = Thailand
country-id = Indonesia
time-07-00 = 07:00
time-08-00 = 08:00
time-09-00 = 09:00
time-12-00 = 12:00
time-18-00 = 18:00
time-20-00 = 20:00
time-21-00 = 21:00
