// What a person can send besides text: raw fields of a Bot API Message, all invented.

const FILE = { file_id: "PAGE-SAMPLE", file_unique_id: "page-sample", file_size: 4_096 };

export const SAMPLES = [
  { icon: "voice", label: "Voice message", message: { voice: { ...FILE, duration: 4, mime_type: "audio/ogg" } } },
  {
    icon: "sticker",
    label: "Sticker",
    message: {
      sticker: { ...FILE, type: "regular", width: 512, height: 512, is_animated: false, is_video: false, emoji: "🌊" },
    },
  },
  { icon: "photo", label: "Photo", message: { photo: [{ ...FILE, width: 640, height: 480 }] } },
  // The middle of Lake Constance: nobody lives there.
  { icon: "place", label: "Location", message: { location: { latitude: 47.63, longitude: 9.36 } } },
  // 555-0100 to 555-0199 are kept free for fiction by the North American Numbering Plan.
  { icon: "contact", label: "Contact", message: { contact: { phone_number: "+12025550143", first_name: "Example" } } },
];

export const COMMANDS = [
  ["/start", "Begin, or come back"],
  ["/checkin", "Check in now"],
  ["/today", "What you noted today"],
  ["/sos", "Help now: numbers to call"],
  ["/help", "What this bot can do"],
  ["/stop", "Stop all messages"],
];
