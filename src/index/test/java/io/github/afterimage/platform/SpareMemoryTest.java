package io.github.afterimage.platform;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.github.afterimage.MemoryUse;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Memory of ended queries is used again, is not counted, and is little. */
class SpareMemoryTest {
    @BeforeEach
    void startWithoutSpareMemory() {
        assumeTrue(NativeLibrary.available(), "no native library");
        SpareMemory.release();
    }

    @AfterEach
    void release() {
        SpareMemory.release();
    }

    @Test
    void aBlockServesRequestsOfAboutItsSize() {
        long before = MemoryUse.bytes();
        long address;
        try (NativeMemory memory = NativeMemory.reuseScratch(1_000_000)) {
            address = memory.at(0).address();
            assertThat(memory.bytes()).isBetween(1_000_000L, 1_125_000L);
        }
        assertThat(MemoryUse.bytes()).isEqualTo(before);
        try (NativeMemory memory = NativeMemory.reuseScratch(1_040_000);
                NativeMemory other = NativeMemory.reuseScratch(1_040_000)) {
            assertThat(memory.at(0).address()).isEqualTo(address);
            assertThat(other.at(0).address()).isNotEqualTo(address);
            assertThat(MemoryUse.bytes()).isEqualTo(before + memory.bytes() + other.bytes());
        }
    }

    @Test
    void aMuchSmallerRequestGetsABlockOfItsOwn() {
        NativeMemory.reuseScratch(1_000_000).close();
        try (NativeMemory memory = NativeMemory.reuseScratch(1000)) {
            assertThat(memory.bytes()).isEqualTo(4096);
        }
    }

    @Test
    void aZeroedBlockIsZeroThoughAnEarlierRequestWroteIt() {
        long address;
        try (NativeMemory memory = NativeMemory.reuseScratch(10_000)) {
            address = memory.at(0).address();
            for (long offset = 0; offset < memory.bytes(); offset += Long.BYTES) {
                memory.putLong(offset, -1);
            }
        }
        try (NativeMemory memory = NativeMemory.reuseZeroed(10_000)) {
            assertThat(memory.at(0).address()).isEqualTo(address);
            for (long offset = 0; offset < memory.bytes(); offset += Long.BYTES) {
                assertThat(memory.getLong(offset)).isZero();
            }
        }
    }

    @Test
    void manyAndLargeBlocksAreReleased() {
        for (long bytes : new long[] {4096, 5L << 20, 40L << 20}) {
            Set<Long> used = new HashSet<>();
            List<NativeMemory> open = new ArrayList<>();
            for (int i = 0; i < 80; i++) {
                open.add(NativeMemory.reuseScratch(bytes));
                used.add(open.get(i).at(0).address());
            }
            assertThat(used).hasSize(80);
            open.forEach(NativeMemory::close);
            int kept = 0;
            for (SpareMemory block = SpareMemory.take(bytes); block != null; block = SpareMemory.take(bytes)) {
                kept++;
                SpareMemory.free(block.address(), bytes);
            }
            assertThat(kept).isEqualTo((int) Math.min(64, (32L << 20) / bytes));
        }
    }
}
