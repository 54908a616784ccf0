//! TL objects: `messages.messages` with 100 messages, read and written by `chappe-api` and by `grammers-tl-types`.
//!
//! Both candidates take turns in one run, and the best of each counts, so that a busy machine hurts both alike.
//! `cargo run --release --bin tl`

use std::alloc::{GlobalAlloc, Layout, System};
use std::hint::black_box;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use chappe_api::{enums, types};
use chappe_tl::{Decode, Encode, Writer};
use grammers_tl_types::{Deserializable, Serializable};

/// Counts what is allocated.
struct Counting;

static LIVE: AtomicUsize = AtomicUsize::new(0);
static CALLS: AtomicUsize = AtomicUsize::new(0);

// SAFETY: every call goes to the system's allocator unchanged; only numbers are kept beside it.
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        LIVE.fetch_add(layout.size(), Ordering::Relaxed);
        CALLS.fetch_add(1, Ordering::Relaxed);
        // SAFETY: the caller's promises are those that the system's allocator asks for.
        unsafe { System.alloc(layout) }
    }

    unsafe fn dealloc(&self, pointer: *mut u8, layout: Layout) {
        LIVE.fetch_sub(layout.size(), Ordering::Relaxed);
        // SAFETY: as above.
        unsafe { System.dealloc(pointer, layout) }
    }
}

#[global_allocator]
static ALLOCATOR: Counting = Counting;

/// How often each candidate has its turn, and how long a turn is.
const TURNS: u32 = 40;
const TURN: Duration = Duration::from_millis(50);

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let value = messages();
    let ours = value.to_bytes()?;
    let theirs = in_their_layer(&ours);
    let their_value = grammers_tl_types::enums::messages::Messages::from_bytes(&theirs)?;
    assert_eq!(their_value.to_bytes(), theirs, "both read the same");
    assert_eq!(enums::messages::Messages::from_bytes(&ours)?.to_bytes()?, ours);
    println!("messages.messages with 100 messages: {} bytes", ours.len());

    let [our, their] = race(
        ours.len(),
        || drop(black_box(enums::messages::Messages::from_bytes(black_box(&ours)))),
        || drop(black_box(grammers_tl_types::enums::messages::Messages::from_bytes(black_box(&theirs)))),
    );
    print("decode, MB/s", our, their);

    let (our_heap, our_calls) = heap(|| enums::messages::Messages::from_bytes(&ours));
    let (their_heap, their_calls) =
        heap(|| grammers_tl_types::enums::messages::Messages::from_bytes(&theirs));
    print("decoded value, KB of heap", our_heap as f64 / 1e3, their_heap as f64 / 1e3);
    print("decode, allocations", our_calls as f64, their_calls as f64);

    let (mut our_buffer, mut their_buffer) = (Vec::new(), Vec::new());
    let [our, their] = race(
        ours.len(),
        || {
            our_buffer.clear();
            let mut writer = Writer::append_to(std::mem::take(&mut our_buffer));
            black_box(&value).encode(&mut writer);
            our_buffer = writer.into_inner();
        },
        || {
            their_buffer.clear();
            black_box(&their_value).serialize(&mut their_buffer);
        },
    );
    print("encode, MB/s", our, their);
    println!(
        "size of Update: {} and {} bytes",
        size_of::<enums::Update>(),
        size_of::<grammers_tl_types::enums::Update>()
    );
    Ok(())
}

fn print(what: &str, our: f64, their: f64) {
    println!("{what:<28} chappe {our:>10.1}   grammers {their:>10.1}   ratio {:.3}", our / their);
}

/// Runs two candidates by turns; the best rate of each in MB/s.
fn race(bytes: usize, mut first: impl FnMut(), mut second: impl FnMut()) -> [f64; 2] {
    let turn = |run: &mut dyn FnMut()| {
        let (start, mut count) = (Instant::now(), 0_u32);
        while start.elapsed() < TURN {
            run();
            count += 1;
        }
        bytes as f64 * f64::from(count) / start.elapsed().as_secs_f64() / 1e6
    };
    let mut best = [0_f64; 2];
    for _ in 0..TURNS {
        best[0] = best[0].max(turn(&mut first));
        best[1] = best[1].max(turn(&mut second));
    }
    best
}

/// What a value holds on the heap, and how many allocations made it.
fn heap<T>(make: impl FnOnce() -> T) -> (usize, usize) {
    let (live, calls) = (LIVE.load(Ordering::Relaxed), CALLS.load(Ordering::Relaxed));
    let value = make();
    let result = (LIVE.load(Ordering::Relaxed) - live, CALLS.load(Ordering::Relaxed) - calls);
    drop(value);
    result
}

/// The same objects in the layer of grammers 0.11: two constructors have an older id there, and fields that are not
/// used here are all they lack.
fn in_their_layer(bytes: &[u8]) -> Vec<u8> {
    let renamed = [(0xddb5_ab75_u32, 0x1b97_dd66_u32), (0x7ad1_5240, 0xd49f_34c6)];
    let words = bytes.chunks_exact(4).map(|word| {
        let word = u32::from_le_bytes([word[0], word[1], word[2], word[3]]);
        renamed.iter().find(|(ours, _)| *ours == word).map_or(word, |(_, theirs)| *theirs)
    });
    words.flat_map(u32::to_le_bytes).collect()
}

/// A page of a group's history: texts with entities, every fifth a photo, every tenth a file, replies, reactions, and
/// the people and the group that they refer to.
fn messages() -> enums::messages::Messages {
    types::messages::Messages {
        messages: (0..100).map(message).collect(),
        topics: Vec::new(),
        chats: vec![channel()],
        users: (0..20).map(user).collect(),
    }
    .into()
}

fn blank<T: Decode>(id: u32, zeros: usize) -> T {
    // An object of zeros is the object with nothing set; the ids of enums inside would not be, so those go in later.
    let mut bytes = id.to_le_bytes().to_vec();
    bytes.resize(4 + zeros, 0);
    T::from_bytes(&bytes).expect("zeros are an object")
}

fn message(index: i32) -> enums::Message {
    let id = 10_000 - index;
    let mut bytes = 0x7600_b9d3_u32.to_le_bytes().to_vec();
    bytes.extend([0; 12]);
    types::PeerChannel { channel_id: 1_234_567_890 }.encode_to(&mut bytes);
    bytes.extend([0; 8]);
    let mut message = types::Message::from_bytes(&bytes).expect("a message");
    message.id = id;
    message.date = 1_780_000_000 - index * 60;
    message.from_id = Some(types::PeerUser { user_id: 5_000_000_000 + i64::from(index % 20) }.into());
    message.message =
        "Shall we meet at the station at eight? The train leaves from platform 4, see the timetable."
            [..40 + (index as usize * 7) % 50]
            .to_owned();
    if index % 2 == 0 {
        message.entities = Some(vec![
            types::MessageEntityBold { offset: 0, length: 5 }.into(),
            types::MessageEntityTextUrl {
                offset: 20,
                length: 7,
                url: "https://example.com/timetable".into(),
            }
            .into(),
        ]);
    }
    if index % 3 == 0 {
        let mut reply: types::MessageReplyHeader = blank(0xddb5_ab75, 4);
        reply.reply_to_msg_id = Some(id - 7);
        message.reply_to = Some(reply.into());
    }
    if index % 4 == 0 {
        message.reactions = Some(Box::new(types::MessageReactions {
            min: false,
            can_see_list: true,
            reactions_as_tags: false,
            results: vec![types::ReactionCount {
                chosen_order: None,
                reaction: types::ReactionEmoji { emoticon: "👍".into() }.into(),
                count: 3,
            }],
            recent_reactions: None,
            top_reactors: None,
        }));
    }
    if index % 5 == 0 {
        let mut media: types::MessageMediaPhoto = blank(0xe216_eb63, 4);
        media.photo = Some(photo(i64::from(id)));
        message.media = Some(media.into());
    } else if index % 10 == 3 {
        let mut media: types::MessageMediaDocument = blank(0x52d8_ccd9, 4);
        media.document = Some(document(i64::from(id)));
        message.media = Some(media.into());
    }
    message.views = (index % 6 == 0).then_some(1_000 + index);
    message.forwards = message.views.map(|_| 3);
    message.edit_date = (index % 7 == 0).then_some(message.date + 30);
    message.into()
}

fn photo(id: i64) -> enums::Photo {
    types::Photo {
        has_stickers: false,
        id,
        access_hash: id * 7_919,
        file_reference: vec![1; 33],
        date: 1_780_000_000,
        sizes: vec![
            types::PhotoStrippedSize { r#type: "i".into(), bytes: vec![2; 180] }.into(),
            types::PhotoSize { r#type: "m".into(), w: 320, h: 240, size: 20_000 }.into(),
            types::PhotoSizeProgressive {
                r#type: "y".into(),
                w: 1280,
                h: 960,
                sizes: vec![9_000, 22_000, 40_000, 61_000, 150_000],
            }
            .into(),
        ],
        video_sizes: None,
        dc_id: 2,
    }
    .into()
}

fn document(id: i64) -> enums::Document {
    types::Document {
        id,
        access_hash: id * 104_729,
        file_reference: vec![3; 33],
        date: 1_780_000_000,
        mime_type: "application/pdf".into(),
        size: 1_500_000,
        thumbs: Some(vec![types::PhotoSize { r#type: "m".into(), w: 226, h: 320, size: 9_000 }.into()]),
        video_thumbs: None,
        dc_id: 4,
        attributes: vec![types::DocumentAttributeFilename { file_name: "timetable-2026.pdf".into() }.into()],
    }
    .into()
}

fn user(index: i64) -> enums::User {
    let mut user: types::User = blank(0xb1b8_cc83, 16);
    user.id = 5_000_000_000 + index;
    user.access_hash = Some(user.id * 31);
    user.first_name = Some(format!("Given{index}"));
    user.last_name = (index % 2 == 0).then(|| "Family".to_owned());
    user.username = Some(format!("someone_{index}"));
    user.photo = Some(
        types::UserProfilePhoto {
            has_video: false,
            personal: false,
            photo_id: user.id * 3,
            stripped_thumb: Some(vec![4; 120]),
            dc_id: 2,
        }
        .into(),
    );
    user.status = Some(types::UserStatusOffline { was_online: 1_780_000_000 }.into());
    user.into()
}

fn channel() -> enums::Chat {
    let mut bytes = 0x7ad1_5240_u32.to_le_bytes().to_vec();
    bytes.extend([0; 20]);
    bytes.extend(enums::ChatPhoto::Empty.to_bytes().expect("a photo"));
    bytes.extend([0; 4]);
    let mut channel = types::Channel::from_bytes(&bytes).expect("a channel");
    channel.megagroup = true;
    channel.id = 1_234_567_890;
    channel.access_hash = Some(-987_654_321);
    channel.title = "Travellers".into();
    channel.date = 1_700_000_000;
    channel.participants_count = Some(20);
    channel.into()
}

/// Encoding to the end of bytes.
trait EncodeTo: Encode {
    fn encode_to(&self, bytes: &mut Vec<u8>) {
        let mut writer = Writer::append_to(std::mem::take(bytes));
        self.encode(&mut writer);
        *bytes = writer.into_inner();
    }
}

impl<T: Encode> EncodeTo for T {}
