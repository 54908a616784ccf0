//! What benches read and write.

use chappe_api::{enums, types};
use chappe_tl::{Decode, Encode, Writer};

/// A page of a group's history: texts with entities, every fifth a photo, every tenth a file, replies, reactions, and
/// the people and the group that they refer to.
#[must_use]
pub fn messages() -> enums::messages::Messages {
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
