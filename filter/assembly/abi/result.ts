// Holds the address and size of the bytes that the last host function returned: the host writes them here.
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
