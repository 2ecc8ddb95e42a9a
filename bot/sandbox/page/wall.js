// What the wall clock of a zone shows, and how words for a moment are read.

const DAY_S = 86_400;
const SPAN = /^([+-])\s*(\d+)\s*(s|m|min|h|d|w)$/;
const SPAN_S = { s: 1, m: 60, min: 60, h: 3_600, d: DAY_S, w: 7 * DAY_S };
const MOMENT = /^(\d{4})-(\d{2})-(\d{2})[ t](\d{1,2}):(\d{2})$/;

/** Every zone that the browser knows, and UTC. */
export function allZones() {
  const known = Intl.supportedValuesOf?.("timeZone") ?? [];
  return ["UTC", ...known.filter((name) => name !== "UTC")];
}

/** The browser's own zone. */
export function ownZone() {
  return Intl.DateTimeFormat().resolvedOptions().timeZone || "UTC";
}

export class Wall {
  constructor(zone) {
    const make = (options) => new Intl.DateTimeFormat("en-GB", { timeZone: zone, ...options });
    this.zone = zone;
    this.formats = {
      time: make({ hour: "2-digit", minute: "2-digit" }),
      day: make({ weekday: "long", day: "numeric", month: "long", year: "numeric" }),
      full: make({ weekday: "short", day: "numeric", month: "short", year: "numeric", hour: "2-digit", minute: "2-digit" }),
    };
    this.parts = make({
      year: "numeric", month: "numeric", day: "numeric", hour: "numeric", minute: "numeric", second: "numeric", hourCycle: "h23",
    });
  }

  time(ms) { return this.formats.time.format(ms); }
  day(ms) { return this.formats.day.format(ms); }
  full(ms) { return this.formats.full.format(ms); }

  /** A Telegram date_time format: any of w, d or D, t or T; "r" and "" have no fixed words. */
  styled(ms, format) {
    const options = { timeZone: this.zone };
    if (format.includes("w")) options.weekday = "long";
    if (/d/i.test(format)) Object.assign(options, { day: "numeric", month: format.includes("D") ? "long" : "short", year: "numeric" });
    if (/t/i.test(format)) Object.assign(options, { hour: "2-digit", minute: "2-digit" });
    if (format.includes("T")) options.second = "2-digit";
    return new Intl.DateTimeFormat("en-GB", options).format(ms);
  }

  /** Minutes matter here: the moment at which this wall shows these figures, in ms. */
  moment(year, month, day, hour, minute) {
    const wanted = Date.UTC(year, month - 1, day, hour, minute);
    // Twice, because the first guess may lie on the other side of a clock change.
    const guess = wanted - this.#aheadMs(wanted);
    return wanted - this.#aheadMs(guess);
  }

  #aheadMs(ms) {
    const { year, month, day, hour, minute, second } = Object.fromEntries(
      this.parts.formatToParts(ms).map((part) => [part.type, Number(part.value)]),
    );
    return Date.UTC(year, month - 1, day, hour, minute, second) - Math.floor(ms / 1000) * 1000;
  }

  /** What to POST to /sim/clock for "+2h", "2027-01-31 18:00" or "next monday 09:30". */
  order(words) {
    const wish = words.trim().toLowerCase().replace(/\s+/g, " ");
    const span = SPAN.exec(wish);
    if (span) return { by_s: (span[1] === "-" ? -1 : 1) * Number(span[2]) * SPAN_S[span[3]] };
    const moment = MOMENT.exec(wish);
    if (moment) return { to: new Date(this.moment(...moment.slice(1).map(Number))).toISOString() };
    return { person_zone: this.zone, at: wish };
  }
}

/** "2 days 3 h ahead of real time", or "real time". */
export function offsetWords(offsetS) {
  const span = Math.round(Math.abs(offsetS) / 60);
  if (span === 0) return "real time";
  const days = Math.floor(span / 1_440);
  const hours = Math.floor((span % 1_440) / 60);
  const pieces = [days && `${days} d`, hours && `${hours} h`, span % 60 && `${span % 60} min`];
  return `${pieces.filter(Boolean).join(" ")} ${offsetS > 0 ? "ahead" : "behind"}`;
}
