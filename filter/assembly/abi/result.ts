// The bytes that the last host function handed over: the host writes an address and a size here.
const address: usize = memory.data(8, 8);

export function resultAddress(): usize {
  return address;
}

export function resultSizeAddress(): usize {
  return address + 4;
}

export function resultData(): usize {
  return load<u32>(address);
}

export function resultSize(): usize {
  return load<u32>(address, 4);
}
