//! Numbers of a fixed number of bits, packed without gaps, least significant bit first.
//!
//! One encoding only: exact length, padding bits zero, every number below its modulus.

/// Bytes of `count` numbers.
pub(crate) const fn packed_len(bits: u32, count: usize) -> usize {
    (bits as usize * count).div_ceil(8)
}

/// Appends the numbers; each must fit.
pub(crate) fn pack(bits: u32, numbers: &[u64], out: &mut Vec<u8>) {
    let (mut pending, mut held) = (0u128, 0);
    for number in numbers {
        pending |= u128::from(*number) << held;
        held += bits;
        while held >= 8 {
            out.push(pending as u8);
            pending >>= 8;
            held -= 8;
        }
    }
    if held > 0 {
        out.push(pending as u8);
    }
}

/// Reads `count` numbers from exactly the bytes they take; `None` if length, padding or a bound does not fit.
pub(crate) fn unpack(bits: u32, bytes: &[u8], out: &mut [u64], below: u64) -> Option<()> {
    if bytes.len() != packed_len(bits, out.len()) {
        return None;
    }
    let mask = u64::MAX >> (64 - bits);
    let (mut pending, mut held, mut rest) = (0u128, 0, bytes.iter());
    let mut excess = 0;
    for number in out {
        while held < bits {
            pending |= u128::from(*rest.next()?) << held;
            held += 8;
        }
        *number = pending as u64 & mask;
        excess |= u64::from(*number >= below);
        pending >>= bits;
        held -= bits;
    }
    (excess == 0 && pending == 0).then_some(())
}

/// Adds numbers of whole bytes to wrapping sums without cutting them: what stands above is cut from the sum at last.
pub(crate) fn add_bytes(width: usize, bytes: &[u8], sums: &mut [u64]) {
    match width {
        5 => add_width::<5>(bytes, sums),
        6 => add_width::<6>(bytes, sums),
        _ => sums.iter_mut().zip(bytes.chunks(width)).for_each(|(sum, number)| *sum = sum.wrapping_add(exact(number))),
    }
}

fn add_width<const WIDTH: usize>(bytes: &[u8], sums: &mut [u64]) {
    // Eight numbers at a time, each read as eight bytes of which the upper ones belong to the next.
    let numbers = sums.len().min(bytes.len() / WIDTH);
    let safe = (bytes.len().saturating_sub(8 - WIDTH) / WIDTH).min(numbers) / 8 * 8;
    let (head, tail) = sums.split_at_mut(safe);
    for (block, sums) in bytes.windows(8 * WIDTH + 8 - WIDTH).step_by(8 * WIDTH).zip(head.chunks_exact_mut(8)) {
        for (i, sum) in sums.iter_mut().enumerate() {
            let word = block.get(i * WIDTH..i * WIDTH + 8).and_then(|b| b.try_into().ok()).map(u64::from_le_bytes);
            *sum = sum.wrapping_add(word.unwrap_or_default());
        }
    }
    let rest = bytes.get(safe * WIDTH..).unwrap_or_default();
    tail.iter_mut().zip(rest.chunks_exact(WIDTH)).for_each(|(sum, number)| *sum = sum.wrapping_add(exact(number)));
}

fn exact(number: &[u8]) -> u64 {
    number.iter().rev().fold(0, |word, byte| (word << 8) | u64::from(*byte))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn packed_numbers_come_back_and_nothing_else_is_accepted(
            bits in 2u32..63, numbers in prop::collection::vec(any::<u64>(), 1..50), flip in any::<usize>()
        ) {
            let mask = u64::MAX >> (64 - bits);
            let numbers: Vec<u64> = numbers.into_iter().map(|n| n & mask).collect();
            let mut bytes = Vec::new();
            pack(bits, &numbers, &mut bytes);
            prop_assert_eq!(bytes.len(), packed_len(bits, numbers.len()));
            let mut out = vec![0; numbers.len()];
            prop_assert_eq!(unpack(bits, &bytes, &mut out, mask), numbers.iter().all(|n| *n < mask).then_some(()));
            prop_assert!(unpack(bits, &bytes, &mut out, mask.wrapping_add(1).max(mask)).is_some() || numbers.contains(&mask));
            prop_assert_eq!(&out, &numbers);
            let longer = [&bytes[..], &[0]].concat();
            prop_assert_eq!(unpack(bits, &longer, &mut out, u64::MAX), None);
            prop_assert_eq!(unpack(bits, &bytes[1..], &mut out, u64::MAX), None);
            // A flipped bit changes a number or is refused: no two encodings of the same numbers.
            let at = flip % (8 * bytes.len());
            bytes[at / 8] ^= 1 << (at % 8);
            prop_assert!(unpack(bits, &bytes, &mut out, u64::MAX).is_none() || out != numbers);
        }

        #[test]
        fn sums_of_packed_bytes_are_the_sums_of_their_numbers(
            width in 5usize..7, rows in prop::collection::vec(prop::collection::vec(any::<u64>(), 37), 1..9)
        ) {
            let bits = 8 * width as u32;
            let mask = u64::MAX >> (64 - bits);
            let mut sums = vec![0; 37];
            for row in &rows {
                let row: Vec<u64> = row.iter().map(|x| x & mask).collect();
                let mut bytes = Vec::new();
                pack(bits, &row, &mut bytes);
                add_bytes(width, &bytes, &mut sums);
            }
            for (i, sum) in sums.iter().enumerate() {
                let want = rows.iter().fold(0u64, |s, row| s.wrapping_add(row[i] & mask)) & mask;
                prop_assert_eq!(sum & mask, want);
            }
        }
    }
}
