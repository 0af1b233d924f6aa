"""The sentences on which a built model must agree with its original."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from ingest.adapters.model_recipe import Agreement


def agreement(
    ours: Sequence[NDArray[np.float32]], originals: Sequence[NDArray[np.float32]]
) -> Agreement:
    """Compare vectors pair by pair; ours that are not finite agree with nothing."""
    a, b = np.stack(ours).astype(np.float64), np.stack(originals).astype(np.float64)
    norms = np.linalg.norm(a, axis=1) * np.linalg.norm(b, axis=1)
    cosines = np.nan_to_num((a * b).sum(axis=1) / np.maximum(norms, 1e-12), nan=-1.0)
    return Agreement(mean=float(cosines.mean()), lowest=float(cosines.min()))


_LONG = (
    "The warranty covers faults of material and of workmanship for two years from the day of"
    " delivery. It does not cover wear, damage by water, drops or other force, batteries that"
    " have lost capacity with age, or changes made by anyone but an authorised workshop. "
)

SENTENCES: tuple[str, ...] = (
    # questions, as customers ask them
    "How do I get my money back?",
    "where is my order #48213, it said tuesday and its thursday now",
    "Can I change the delivery address after I have paid?",
    "cancel subscription",
    "hi, i was charged twice for the same thing?? pls help",
    "Is the blue one back in stock before Christmas?",
    "What happens to my loyalty points if I close my account?",
    "Why does the app say 'session expired' every time I open it?",
    "do u ship to northern ireland",
    "My parcel arrived open and one glove is missing. What now?",
    # policies
    "Refunds are paid to the original means of payment within five working days.",
    "Items on final sale cannot be returned unless they arrive damaged.",
    "Orders above 50 euros ship free within the European Union.",
    "This policy applies from 1 March 2025 and replaces all earlier versions.",
    "We store invoices for ten years, as the law requires, and everything else for two.",
    "A person under the age of 16 may not open an account without a guardian's consent.",
    "Gift cards expire three years after the end of the year in which they were bought.",
    # steps
    "Open Settings > Privacy > Export and choose the format of the file.",
    "1. Unplug the device. 2. Wait thirty seconds. 3. Hold the button while you plug it in.",
    "Run `pip install --upgrade punnet` and restart the worker.",
    "To reset a password, follow the link in the e-mail; it works once and for an hour.",
    "Print the label, stick it over the old one and hand the parcel in at any post office.",
    # technical prose, code, logs
    "CREATE INDEX CONCURRENTLY avoids locking out writes, but takes two passes over the table.",
    "SELECT name, sum(total) FROM orders WHERE paid_at IS NOT NULL GROUP BY name;",
    "def refund(order: Order) -> Money:\n    return order.total - order.fees",
    "2025-11-03T08:14:55Z ERROR payments: card declined (code=insufficient_funds, try=3)",
    "HTTP 429 Too Many Requests: wait for the number of seconds in Retry-After.",
    "The function returns NULL if any argument is NULL, and an error if the array is empty.",
    "A deadlock is detected after deadlock_timeout, one second by default.",
    '{"status": "shipped", "carrier": "DHL", "eta": "2025-12-01"}',
    "https://example.com/help/returns#how-long",
    "rsync -av --delete src/ backup:/srv/www",
    # science, law, news, fiction, talk
    "Aspirin irreversibly inhibits cyclooxygenase in platelets for their whole lifetime.",
    "The enzyme's activity fell by 43% (p < 0.01) in the treated group.",
    "Water boils at a lower temperature on a mountain because the air presses less on it.",
    "The tenant shall give notice in writing not later than the third day of the month.",
    "Shares fell 3.2 percent after the company lowered its forecast for the second time.",
    "The council voted nine to two to close the bridge until the spring.",
    "It was raining when she reached the harbour, and nobody had lit the lamps.",
    "so yeah, um, basically you just, you pull this lever and it kind of clicks into place",
    "Preheat the oven to 180 degrees and bake for forty minutes, or until golden.",
    "The 1969 landing was watched by some 600 million people.",
    "An orchid needs light, but no direct sun, and water once a week.",
    "Our train leaves from platform 4 at 17:52.",
    # tables, lists, titles, fragments
    "Size | Chest | Waist\nS | 88-94 cm | 74-80 cm\nM | 95-101 cm | 81-87 cm",
    "Plan: Basic, Team, Business. Price: 9, 29, 99 USD per month. Seats: 1, 10, unlimited.",
    "Returns and exchanges",
    "FAQ",
    "Opening hours: Mon-Fri 9-18, Sat 10-14, closed on public holidays.",
    "v2.14.0 - fixed: the export left out the last row",
    "ISO 9001:2015, CE, RoHS",
    # other languages and scripts
    "Wie kann ich meine Bestellung stornieren?",
    "La livraison est gratuite à partir de 50 € d'achat.",
    "¿Cuánto tarda en llegar el reembolso?",
    "Возврат возможен в течение четырнадцати дней.",
    "返品は商品到着後7日以内にご連絡ください。",
    "退款将在五个工作日内到账。",
    # odd input
    "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA",
    "😀 thanks!!! 🎉🎉",
    "naïve café — “quoted” … ½ kg ≤ 4 €",
    # longer than a window of 128, and than one of 256 tokens
    _LONG * 3,
    _LONG * 8,
)
