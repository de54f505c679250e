//! The kinds of tokens that price lists tell apart, and how a book counts and prices each.
//!
//! What a request used is counted as the providers' answers count it: tokens of the cache, of sound and of images are
//! part of the input, tokens of reasoning, sound and images part of the output. A book prices each token once, by the
//! most special price that its model has.

use std::collections::BTreeSet;

/// A kind of tokens with a price of its own.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Slot {
    /// Input, as far as no other kind is it.
    Input,
    /// Read from a cache.
    Cached,
    /// Written to a cache.
    Written,
    /// Of those, kept for an hour.
    WrittenHour,
    /// Sound, in.
    Audio,
    /// Of those, read from a cache.
    CachedAudio,
    /// Images, in.
    Image,
    /// Of those, read from a cache.
    CachedImage,
    /// Output, as far as no other kind is it.
    Output,
    /// Reasoning, which the caller does not always see.
    Reasoning,
    /// Sound, out.
    OutputAudio,
    /// Images, out.
    OutputImage,
}

use Slot::{
    Audio, Cached, CachedAudio, CachedImage, Image, Input, Output, OutputAudio, OutputImage, Reasoning, Written,
    WrittenHour,
};

impl Slot {
    /// All of them, in the order of a book.
    pub const ALL: [Slot; 12] = [
        Input,
        Cached,
        Written,
        WrittenHour,
        Audio,
        CachedAudio,
        Image,
        CachedImage,
        Output,
        Reasoning,
        OutputAudio,
        OutputImage,
    ];

    /// Its field, its part and its column.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Input => "input",
            Cached => "cached",
            Written => "written",
            WrittenHour => "written_hour",
            Audio => "audio",
            CachedAudio => "cached_audio",
            Image => "image",
            CachedImage => "cached_image",
            Output => "output",
            Reasoning => "reasoning",
            OutputAudio => "output_audio",
            OutputImage => "output_image",
        }
    }

    /// Its label on a bill.
    #[must_use]
    pub fn label(self) -> &'static str {
        match self {
            Input => "Input",
            Cached => "Read from the cache",
            Written => "Written to the cache",
            WrittenHour => "Written to the cache for an hour",
            Audio => "Audio input",
            CachedAudio => "Audio from the cache",
            Image => "Image input",
            CachedImage => "Images from the cache",
            Output => "Output",
            Reasoning => "Reasoning",
            OutputAudio => "Audio output",
            OutputImage => "Image output",
        }
    }

    /// What its field's comment says.
    #[must_use]
    pub fn words(self) -> &'static str {
        match self {
            Input => "all input; what follows is part of it",
            Cached => "read from a cache",
            Written => "written to a cache",
            WrittenHour => "of those, for an hour",
            Audio => "sound",
            CachedAudio => "of that, read from a cache",
            Image => "images",
            CachedImage => "of those, read from a cache",
            Output => "all output; what follows is part of it",
            Reasoning => "reasoning",
            OutputAudio => "sound",
            OutputImage => "images",
        }
    }

    /// Whether it is part of the output.
    #[must_use]
    pub fn is_output(self) -> bool {
        self >= Output
    }

    /// Whether its price stands in the table of few models.
    #[must_use]
    pub fn is_media(self) -> bool {
        matches!(self, Audio | CachedAudio | Image | CachedImage | Reasoning | OutputAudio | OutputImage)
    }

    /// Whose price it has where its model states none for it, nearest first.
    #[must_use]
    pub fn fallbacks(self) -> &'static [Slot] {
        match self {
            Input | Output => &[],
            Cached | Written | Audio | Image => &[Input],
            WrittenHour => &[Written, Input],
            CachedAudio => &[Cached, Audio, Input],
            CachedImage => &[Cached, Image, Input],
            Reasoning | OutputAudio | OutputImage => &[Output],
        }
    }

    /// The kinds that are counted in its field and have parts of their own.
    fn inside(self) -> &'static [Slot] {
        match self {
            Input => &[Cached, Written, Audio, Image],
            Cached => &[CachedAudio, CachedImage],
            Written => &[WrittenHour],
            Audio => &[CachedAudio],
            Image => &[CachedImage],
            Output => &[Reasoning, OutputAudio, OutputImage],
            WrittenHour | CachedAudio | CachedImage | Reasoning | OutputAudio | OutputImage => &[],
        }
    }

    /// What its part counts, where these kinds have parts: `input - cached`.
    #[must_use]
    pub fn quantity(self, used: &BTreeSet<Slot>) -> String {
        let mut words = self.name().to_owned();
        let inside = || self.inside().iter().filter(|slot| used.contains(slot));
        inside().for_each(|slot| words.push_str(&format!(" - {}", slot.name())));
        if self == Input {
            // They are part of two kinds that were taken off.
            let twice = [CachedAudio, CachedImage].into_iter().filter(|slot| used.contains(slot));
            twice.for_each(|slot| words.push_str(&format!(" + {}", slot.name())));
        }
        words
    }

    /// All kinds that must have a field where these have prices: a cached image is also cached, and an image.
    #[must_use]
    pub fn closed(mut used: BTreeSet<Slot>) -> BTreeSet<Slot> {
        used.extend([Input, Output]);
        for slot in Slot::ALL.into_iter().rev() {
            if Slot::ALL.iter().any(|part| used.contains(part) && slot.inside().contains(part)) {
                used.insert(slot);
            }
        }
        used
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_token_is_counted_once() {
        let used = Slot::closed(BTreeSet::from([CachedAudio]));
        assert_eq!(used, BTreeSet::from([Input, Cached, Audio, CachedAudio, Output]));
        assert_eq!(Input.quantity(&used), "input - cached - audio + cached_audio");
        assert_eq!(Cached.quantity(&used), "cached - cached_audio");
        assert_eq!(Audio.quantity(&used), "audio - cached_audio");
        assert_eq!(Output.quantity(&used), "output");
    }
}
