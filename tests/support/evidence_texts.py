"""Texts that tests of evidence compare."""

GARDEN = (
    "My uncle keeps a strip of land behind the station where nothing wants to grow, and still "
    "he goes there each Sunday with a thermos and two spades, one of them for me. We dig for an "
    "hour, find bricks, a shoe once, argue about football, and go home with wet knees. Last "
    "autumn three crooked carrots came up, so he framed a photograph of them and hung it over "
    "the television, where my aunt pretends not to see it whenever guests ask what on earth "
    "that is meant to be."
)
BRIDGE = (
    "When the wind goes past a cable it cannot stay in one piece behind it, so it curls into "
    "little whirls that leave by turns on the left and on the right. Each whirl gives the cable "
    "a small push as it leaves, and because they come so evenly the pushes add up, a bit like a "
    "friend who pushes your swing at the right moment. The cable starts to shake quickly, the "
    "air around it shakes along, and what reaches your ear from that shaking is the long deep "
    "hum."
)
BRIDGE_EDITED = BRIDGE.replace("little", "tiny").replace("quickly", "fast").replace("deep", "low")
MODEL_ONE = (
    "Bridges hum because moving air sheds vortices from their cables at a steady rate, and that "
    "rate can match a natural frequency of the structure. When this happens the cable "
    "resonates, and its vibration is radiated into the surrounding air as an audible tone. "
    "Engineers reduce the effect by adding dampers or spiral strakes, which break up the "
    "regular pattern of the vortices."
)
MODEL_TWO = (
    "The humming of a bridge is an example of an aeolian sound, similar to a string on a harp. "
    "As wind flows around each member, alternating low pressure zones form on either side and "
    "pull it back and forth. If the pull is in time with how the member likes to swing, it "
    "grows loud enough for people nearby to notice it on windy days."
)
