//! A member's files: text, compressed text, workbooks.

/// Reads bytes as the file they look like and extracts figures from it.
pub fn import(bytes: &[u8]) {
    let _ = guildhall_data::decode(bytes);
}

/// A clean text file, one with quotation marks, and the beginnings of the other forms.
pub fn import_seeds() -> Vec<Vec<u8>> {
    let header = "member,day,amount,count,paid\n";
    let rows = [
        "a,2017-05-01,12.50,3,yes\n",
        "\"b\",2017-06,-0.07,,no\nx,2017-06,1,1,1\n",
        "\"a\"\"b\nc\",2017-05-31,1,2,0\r\n",
    ];
    let mut seeds: Vec<Vec<u8>> = rows.iter().map(|row| format!("{header}{row}").into_bytes()).collect();
    seeds.extend([b"PK\x03\x04".to_vec(), vec![0x1f, 0x8b, 8], b"\xef\xbb\xbfmember,day\n".to_vec()]);
    seeds
}
