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

    You still deserve good help.

under-age =
    Thank you for telling me. I am made for adults, so we stop here. I keep no diary for you. What you sent me is deleted after 7 days.

    You still deserve good help.

consent-ask =
    Before we begin, it is your choice what I may do.

    <b>Keep my diary.</b> I keep your answers and notes, so that you can see how your days go. They may be about your health. They are locked with a key (encrypted).
    <b>Send me messages.</b> I send you check-ins at the time you pick.

    I keep this until you ask to have it deleted. For that, ask the person who runs this bot. They hold the key. Telegram also holds a copy of this chat.

    Send /privacy to read more. You can send /stop at any time. Is this okay for you?

consent-refused =
    That is fine. I keep no diary for you, and I will not send you check-ins. What you sent me is deleted after 7 days.

    If you ever need help, /sos works for you all the same. If you change your mind, send /start.

join-place = Where are you? I use it for your clock and for the right phone numbers. Press your country, or type the name of a big city near you.

place-unknown = I could not find “{ $typed }”. Try the nearest big city, or the name of your country.

place-choose = Is it one of these? Press the place that has the same time as you. If none is right, type a bigger city near you, or your country.

join-zone-right = { $place }: it is { $time } there now. Is that right for you?

join-time = When should I send your check-in? Pick a time, or type one, such as 19:30.

join-done =
    All set. I will write to you every day at { $time }. Your next check-in: { $next }.

    It takes about 30 seconds. You can skip any question. Send /checkin to do one now, or /stop to end the messages.

join-done-no-time =
    All set. I will not write first. Send /checkin whenever you like.

    Send /help to see what else you can do.

join-over = This one is closed. Send /start to see what you can do now.

welcome-back = Good to see you again. Send /checkin to write down how you are, or /help to see what you can do.

stopped = Okay. I have stopped your check-ins. What you wrote before is still here. Send /start when you want them back. /sos still works.

stopped-already = Your check-ins are already off. Send /start when you want them back. /sos still works.

stopped-joining = Okay, we stop here. I will not write to you. Send /start when you want to go on. /sos still works.

stopped-stranger = I do not write to you by myself, so there is nothing to stop. If you need help now, /sos works right away.

not-joined = Please press /start first, so that I may keep what you write. If you need help now, /sos works right away.

resumed = Your check-ins are on again. The next one: { $next }.

privacy-text =
    This is what I keep, and why.

    • <b>Your diary</b>: your answers, your notes and when you gave them. So you can see how your days go.
    • <b>Your country and your times</b>. So I can write at the right time and show the right phone numbers.
    • <b>Your Telegram number and language</b>. So I can answer you.
    • <b>Each message</b>, yours and mine, for 7 days. So none gets lost. For 30 days I keep a note that there was one, without its words.

    Your diary stays until you ask to have it deleted.

    Your answers, your notes and your number are locked with a key (encrypted). The person who runs this bot holds the key. They can also delete all of it. Just ask them.

    Telegram holds a copy of this chat too. I cannot lock that copy.

    Send /stop to end the check-ins. Send /sos for help now.

## Buttons

start-yes-adult = Yes, I am 18 or older
start-no-adult = No, I am younger
consent-yes = Yes, keep my diary and write to me
consent-no = No, thank you
label-place = { $name }
label-yes = Yes
label-no = No
label-start = Start
label-anew = Other place or time
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
