//! The words of the closed class ([`crate::memory::salience::small_talk`]), by class. English only.
//!
//! Spelt as `closed` reads them: lower case, without apostrophes and hyphens, items divided by a comma and a space.
//! Before adding one, ask what it says as the answer to a question, and after "You have a brother.": a word that
//! may tell something there belongs to `ASSENT`, or not in this file.

/// Parting.
pub(super) const FAREWELL: &str = "bye, goodbye, good bye, bye bye, bubye, farewell, good night, goodnight, night night, nite, gnite, \
    gn, see you, see ya, see u, cya, see you later, see ya later, later, laters, talk later, talk to you \
    later, talk to you soon, talk soon, speak soon, ttyl, see you soon, see you around, see you \
    tomorrow, see you again, till next time, until next time, take care, have a good one, have a nice \
    day, have a good day, have a great day, have a good night, have a good evening, have a nice evening, \
    have a great evening, have a nice night, sleep well, sweet dreams, gotta go, got to go, gtg, g2g, \
    brb, cheerio, so long, thats all, thats all for now, bye for now, catch you later, night, nighty \
    night, gnight, nitey nite, have a great weekend, have a nice weekend, have a good weekend, nice \
    talking to you, nice talking with you, nice chatting with you, nice chatting, good talking to you, \
    good chat, good talk, great chat, it was nice talking to you, it was nice chatting with you";

/// Meeting.
pub(super) const GREETING: &str = "hi, hii, hiya, hey, heya, hello, hullo, helo, yo, howdy, greetings, hi hi, good morning, \
    goodmorning, morning, gm, good afternoon, afternoon, good evening, evening, good day, gday, hey hey, \
    welcome back, long time no see, nice to meet you, nice to meet you too, pleased to meet you, good to \
    meet you, great to meet you, lovely to meet you, good to see you, nice to see you, great to see you, \
    good to see you again, nice to see you again, hello again, hi again, hey again, good to hear from \
    you, mornin, good mornin, top of the morning";

/// Thanks and answers to thanks.
pub(super) const THANKS: &str = "thanks, thank you, thank u, thankyou, thx, thanx, thnx, thks, tnx, tx, ty, tysm, tyvm, tyty, thank \
    you so much, thanks so much, thank you very much, thanks very much, thanks a lot, thank you a lot, \
    thanks a bunch, thanks a million, thanks a ton, many thanks, much appreciated, appreciated, \
    appreciate it, thanks again, thank you again, thanks anyway, thank you anyway, thanks for that, \
    thank you for that, thanks for this, thanks for the help, thanks for your help, thank you for your \
    help, thanks for helping, thanks for listening, thank you for listening, thank you kindly, thanks \
    for everything, thank you for everything, thanks for the info, thanks for the tip, thanks for the \
    advice, cheers, ta, youre welcome, ur welcome, you are welcome, yw, no problem, no prob, np, no \
    worries, my pleasure, dont mention it, anytime, any time, thats very kind, thats kind, thats so \
    kind, how kind, so kind of you, thats very kind of you, thats so kind of you, bless you, youre the \
    best, you are the best, youre awesome, youre great, you rock, very helpful, super helpful, thats \
    helpful, thats very helpful, so helpful, helpful, that helps, that helps a lot, that was helpful, \
    much obliged, i appreciate it, i appreciate that, thank you for your time, thanks for your time, \
    thanks for the chat, thank you sm, thanks sm, you too, same to you, welcome, most welcome, thanks in \
    advance, a thousand thanks, thank you for the help, thank you for the advice, thank you for helping, \
    thank you for this, thanks for being here, thank you for being here";

/// Questions nobody expects an answer to.
pub(super) const PHATIC: &str = "how are you, how are u, how r u, how r you, how are ya, hru, how are you doing, how you doing, how \
    are you today, how are you doing today, how are you this morning, how are you this evening, how are \
    you tonight, how is it going, hows it going, hows it going today, how goes it, hows everything, how \
    is everything, how are things, how are things going, hows life, how do you do, how have you been, \
    howve you been, how you been, how was your day, how is your day, hows your day, hows your day going, \
    hows your day been, how is your day going, whats up, wassup, whassup, whatsup, sup, whats new, whats \
    going on, what is up, what are you up to, what are you doing, wyd, and you, and yourself, how about \
    you, how about yourself, what about you, hbu, wbu, are you there, you there, u there, anyone there, \
    anybody there, is anyone there, is anybody there, are you still there, still there, can you hear me, \
    do you hear me, how are you feeling, how are you feeling today, did you sleep well, you ok, are you \
    ok, everything ok, is everything ok, whats good, how are we, how are we doing, hows things, how is \
    life";

/// Asking to go on or to repeat.
pub(super) const CONTINUER: &str = "go on, go ahead, please go on, please continue, continue, carry on, keep going, tell me more, please \
    tell me more, and then, and, then what, what then, what else, anything else, such as, like what, how \
    so, why, why not, meaning, what do you mean, what does that mean, say more, say that again, come \
    again, pardon, sorry, sorry what, what, huh, eh, hm, hmm, one more time, can you repeat that, could \
    you repeat that, please repeat that, please repeat, really, seriously, for real, is that so, is it, \
    how come, wdym";

/// Showing that one listens.
pub(super) const BACKCHANNEL: &str = "ok, okay, okie, okey, oki, okie dokie, okey dokey, okey doke, okays, k, kk, mkay, mmkay, \
    alright, alrighty, all right, aight, cool, cool cool, cool beans, nice, nice one, very nice, so \
    nice, neat, sweet, great, thats great, sounds great, sounds good, sounds nice, sounds cool, good, \
    good good, very good, good to know, good one, good point, good idea, great idea, nice idea, awesome, \
    amazing, wonderful, excellent, perfect, brilliant, fantastic, fabulous, lovely, beautiful, super, \
    superb, terrific, fab, lit, epic, dope, noice, fair, fair enough, fair point, interesting, very \
    interesting, how interesting, thats interesting, fascinating, impressive, incredible, unbelievable, \
    whoa, woah, wow, wowza, omg, oh my, oh my god, oh my gosh, oh my goodness, my god, my goodness, \
    goodness, gosh, gee, jeez, yikes, yay, yayy, woo, woohoo, woot, hooray, hurray, yippee, bravo, well \
    done, good job, great job, nice job, good work, great work, nice work, way to go, good for you, \
    congrats, congratulations, good luck, thats cool, thats nice, thats good, thats awesome, thats \
    amazing, thats wonderful, thats lovely, thats sweet, thats so sweet, thats funny, thats hilarious, \
    funny, so funny, very funny, hilarious, that is great, that is cool, that is nice, that is good, \
    that is awesome, that is amazing, that is interesting, that is funny, how nice, how cool, how \
    lovely, how sweet, how funny, got it, gotcha, understood, noted, roger, roger that, copy, copy that, \
    i see, oh i see, ah i see, ic, makes sense, that makes sense, makes total sense, that makes total \
    sense, oh, oh well, ah, aah, ahh, aha, oho, ooh, oooh, ohh, oh wow, oh nice, oh cool, oh ok, oh \
    okay, aw, aww, awww, mm, mmm, hmm ok, hm ok, um, uh, er, erm, umm, well, so, anyway, anyways, \
    anyhow, whatever you say, if you say so, as you wish, you dont say, oh dear, oops, ooops, \
    whoops, ouch, phew, whew, meh, ugh, tada, voila, there you go, here we go, fine, not bad at all, no rush, take your time, bless, wicked, ace, legend, smart, clever, thats clever, thats smart, so \
    cool, so sweet, so good, very cool, pretty cool, pretty nice, pretty good, \
    really cool, really nice, too funny, too cute, cute, so cute, how cute, thats cute, wait, hold on, \
    one moment, one sec, one second, just a sec, just a moment, just a second, a moment please, all \
    good, its ok, its okay, its fine, its all good, thats fine, thats ok, thats okay, thats so cool, \
    thats so nice, thats so good, thats so funny, thats really nice, thats really cool, thats really \
    good, thats very nice, thats very interesting, thats pretty cool, thats really interesting, okidoki, \
    oki doki, okie doki, so interesting, how wonderful, thats perfect, thats brilliant, thats fantastic, \
    thats excellent, thats fair, thats beautiful";

/// Agreeing, and taking a side.
pub(super) const ASSENT: &str = "yeah, yea, yeh, ya, yah, yep, yup, yeap, uh huh, uhuh, uhhuh, mhm, mmhm, mm hm, mmhmm, mm hmm, sure, \
    sure thing, for sure, of course, ofc, naturally, certainly, absolutely, definitely, totally, \
    exactly, exactly right, precisely, indeed, right, oh right, ah right, thats right, right on, right \
    right, true, thats true, correct, thats correct, agreed, quite, quite so, quite right, so true, very true, obviously, \
    you bet, aye, oh yeah, oh sure, yeah yeah, yeah sure, yeah right, ikr, true that, fo sho, word, \
    please, please do, yeah please, sure please, sure why not, i know right, you know, oh no, no thanks, \
    no thank you, no way, ready, lets go, lets start, lets begin, lets do it, lets do this, love it, love that, like that";

/// Laughing; `closed` knows "hahaha" and the like by their letters.
pub(super) const LAUGHTER: &str = "lol, lols, lolz, lolol, lmao, lmfao, rofl, roflmao, xd, hee hee, tee hee, teehee, ha, heh, hah, kek, \
    lul";

/// Letters that stand for a kiss or a hug.
pub(super) const EMOJI: &str = "xoxo, xox, xx, xxx, xo, mwah, hugs";

/// What may follow a phrase in its sentence: how much, or a word that only softens.
pub(super) const TAILS: &str = "man, dude, bro, bruh, mate, buddy, pal, then, too, so much, very much, a lot, lots, loads, a bunch, \
    for now, indeed, though, tho, already, as always, as ever";

/// Whom a greeting, a farewell, thanks or "how are you" may be said to. Not after other phrases: "good friend" and
/// "I see my love" tell something.
pub(super) const ADDRESSES: &str = "there, you, again, once again, all, yall, everyone, everybody, folks, guys, friend, my friend, my dear, \
    my love, dear, love, darling, sweetie, sweetheart, honey, hon, bestie, companion, hearken, bot, assistant, robot, sir, maam, \
    madam, today, to you, to you too, you too, sunshine, stranger, beautiful, gorgeous, handsome, kindly";

/// Emoticons that greet, thank, laugh or soften. Sad ones (":(") are left out: a feeling may be a fact.
pub(super) const EMOTICONS: &str = ":), :-), :)), :))), =), :d, :-d, =d, xd, ;), ;-), ;d, :p, :-p, ;p, =p, <3, ^^, ^_^, ^-^, (:, c:, \
    \\o/, o/, \\o, :3, :], =]";

/// Friendly emoji that tell nothing. Sad, ill, or telling ones (a ring, a baby, a flag) are left out.
pub(super) const EMOJI_FRIENDLY: &str = "😀😃😄😁😆😅🤣😂🙂🙃😉😊😇🥰😍🤩😘😗☺😚😙😋😛😜🤪😝🤗🤭😎😏😺😸😹😻👋🙏👌🙌👏💪🎉🎊✨🌟⭐💯🔥❤💕💖💗💓💞💙💚💛💜🧡🤍🌞☀🌸🌹🌻🌈🤝🫶😌🥳🤓😮😲🤯👀🌙";

/// Emoji that say yes.
pub(super) const EMOJI_ASSENT: &str = "👍✅✔☑🆗";

/// The items of one of these lists. Thousands are asked of every message: looking for two characters at once would cost more
/// than asking.
pub(super) fn items(list: &'static str) -> impl Iterator<Item = &'static str> {
    let mut left = Some(list);
    std::iter::from_fn(move || {
        let list = left?;
        let comma = list.bytes().position(|byte| byte == b',');
        let (item, after) = list.split_at_checked(comma.unwrap_or(list.len()))?;
        left = after.strip_prefix(", ");
        Some(item)
    })
}
