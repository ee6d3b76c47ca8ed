//! The encoding of cells: whole numbers in as few bytes as they need, values with a tag.
//!
//! Decoding reads foreign bytes: it never allocates more than the input can fill, and never panics.

use std::sync::Arc;

use jiff::{SignedDuration, Timestamp};
use rust_decimal::Decimal;

use super::{MAX_REMEMBERED_ENTRIES, MAX_REMEMBERED_TEXT_BYTES};
use crate::profile::Value;

/// The bytes are no memory, or one of a version that this program does not know.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the remembered cells are damaged")]
pub struct Damaged;

#[derive(Debug, Default)]
/// Takes bytes.
pub struct Writer(pub Vec<u8>);

impl Writer {
    pub fn byte(&mut self, byte: u8) {
        self.0.push(byte);
    }

    pub fn wide(&mut self, mut number: u128) {
        while number >= 0x80 {
            self.0.push((number & 0x7f) as u8 | 0x80);
            number >>= 7;
        }
        self.0.push(number as u8);
    }

    pub fn whole(&mut self, number: u64) {
        self.wide(u128::from(number));
    }

    pub fn size(&mut self, size: usize) {
        self.whole(size as u64);
    }

    pub fn signed_wide(&mut self, number: i128) {
        self.wide(((number << 1) ^ (number >> 127)) as u128);
    }

    pub fn signed(&mut self, number: i64) {
        self.signed_wide(i128::from(number));
    }

    /// As the difference from the number before, which becomes this one.
    pub fn after(&mut self, before: &mut i64, number: i64) {
        self.signed_wide(i128::from(number) - i128::from(*before));
        *before = number;
    }

    pub fn after_whole(&mut self, before: &mut u64, number: u64) {
        self.signed_wide(i128::from(number) - i128::from(*before));
        *before = number;
    }

    pub fn maybe(&mut self, number: Option<i64>) {
        self.byte(u8::from(number.is_some()));
        if let Some(number) = number {
            self.signed(number);
        }
    }

    fn text(&mut self, text: &str) {
        self.size(text.len());
        self.0.extend_from_slice(text.as_bytes());
    }

    pub fn value(&mut self, value: Option<&Value>) {
        match value {
            None | Some(Value::Date(_) | Value::Time(_)) => self.byte(0),
            Some(Value::Text(text)) => {
                self.byte(1);
                self.text(text);
            }
            Some(Value::Number(number)) => {
                self.byte(2);
                self.decimal(number);
            }
            Some(Value::Boolean(yes)) => self.byte(3 + u8::from(*yes)),
            Some(Value::Moment(moment)) => {
                self.byte(5);
                self.signed_wide(moment.as_nanosecond());
            }
            Some(Value::Span(span)) => {
                self.byte(6);
                self.signed_wide(span.as_nanos());
            }
            Some(Value::Version(version)) => {
                self.byte(7);
                self.text(&version.to_string());
            }
            Some(Value::List(texts)) => {
                self.byte(8);
                self.size(texts.len());
                texts.iter().for_each(|text| self.text(text));
            }
        }
    }

    pub fn decimal(&mut self, number: &Decimal) {
        self.byte(number.scale() as u8);
        self.signed_wide(number.mantissa());
    }
}

#[derive(Debug)]
/// Gives bytes.
pub struct Reader<'a>(pub &'a [u8]);

impl Reader<'_> {
    pub fn byte(&mut self) -> Result<u8, Damaged> {
        let (first, rest) = self.0.split_first().ok_or(Damaged)?;
        self.0 = rest;
        Ok(*first)
    }

    fn wide(&mut self) -> Result<u128, Damaged> {
        let mut number = 0_u128;
        for shift in (0..128).step_by(7) {
            let byte = self.byte()?;
            let part = u128::from(byte & 0x7f);
            if (part << shift) >> shift != part {
                return Err(Damaged);
            }
            number |= part << shift;
            if byte & 0x80 == 0 {
                return Ok(number);
            }
        }
        Err(Damaged)
    }

    pub fn whole(&mut self) -> Result<u64, Damaged> {
        u64::try_from(self.wide()?).map_err(|_| Damaged)
    }

    /// A number of things that take at least a byte each.
    pub fn size(&mut self, most: usize) -> Result<usize, Damaged> {
        let size = usize::try_from(self.whole()?).map_err(|_| Damaged)?;
        if size <= most && size <= self.0.len() { Ok(size) } else { Err(Damaged) }
    }

    pub fn small(&mut self) -> Result<u32, Damaged> {
        u32::try_from(self.whole()?).map_err(|_| Damaged)
    }

    fn signed_wide(&mut self) -> Result<i128, Damaged> {
        let number = self.wide()?;
        Ok((number >> 1) as i128 ^ -((number & 1) as i128))
    }

    pub fn signed(&mut self) -> Result<i64, Damaged> {
        i64::try_from(self.signed_wide()?).map_err(|_| Damaged)
    }

    pub fn after(&mut self, before: &mut i64) -> Result<i64, Damaged> {
        let difference = self.signed_wide()?;
        let number = i128::from(*before).checked_add(difference).ok_or(Damaged)?;
        *before = i64::try_from(number).map_err(|_| Damaged)?;
        Ok(*before)
    }

    pub fn after_whole(&mut self, before: &mut u64) -> Result<u64, Damaged> {
        let difference = self.signed_wide()?;
        let number = i128::from(*before).checked_add(difference).ok_or(Damaged)?;
        *before = u64::try_from(number).map_err(|_| Damaged)?;
        Ok(*before)
    }

    pub fn maybe(&mut self) -> Result<Option<i64>, Damaged> {
        if self.flag()? { self.signed().map(Some) } else { Ok(None) }
    }

    pub fn flag(&mut self) -> Result<bool, Damaged> {
        match self.byte()? {
            0 => Ok(false),
            1 => Ok(true),
            _ => Err(Damaged),
        }
    }

    fn text(&mut self) -> Result<Arc<str>, Damaged> {
        let size = self.size(MAX_REMEMBERED_TEXT_BYTES)?;
        let (text, rest) = self.0.split_at_checked(size).ok_or(Damaged)?;
        self.0 = rest;
        std::str::from_utf8(text).map(Arc::from).map_err(|_| Damaged)
    }

    pub fn value(&mut self) -> Result<Option<Value>, Damaged> {
        Ok(Some(match self.byte()? {
            0 => return Ok(None),
            1 => Value::Text(self.text()?),
            2 => Value::Number(self.decimal()?),
            3 => Value::Boolean(false),
            4 => Value::Boolean(true),
            5 => Value::Moment(Timestamp::from_nanosecond(self.signed_wide()?).map_err(|_| Damaged)?),
            6 => Value::Span(SignedDuration::try_from_nanos_i128(self.signed_wide()?).ok_or(Damaged)?),
            7 => Value::Version(self.text()?.parse().map_err(|_| Damaged)?),
            8 => {
                let size = self.size(MAX_REMEMBERED_ENTRIES)?;
                Value::List((0..size).map(|_| self.text()).collect::<Result<_, _>>()?)
            }
            _ => return Err(Damaged),
        }))
    }

    pub fn decimal(&mut self) -> Result<Decimal, Damaged> {
        let scale = u32::from(self.byte()?);
        Decimal::try_from_i128_with_scale(self.signed_wide()?, scale).map_err(|_| Damaged)
    }
}
