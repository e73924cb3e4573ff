package io.github.afterimage;

import static io.github.afterimage.Refusals.assertCorrupt;
import static io.github.afterimage.Refusals.assertNotEnoughMemory;
import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.github.afterimage.platform.NativeLibrary;
import io.github.afterimage.settings.MemoryKind;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Where the keys of an opened index are. */
class LoadTest {
    private static final Problem PROBLEM = Problem.random(5, 5000, 256, 3, 2);

    @TempDir
    private Path folder;

    private final long limit = MemoryUse.limit();
    private Path file;

    @BeforeEach
    void save() throws IOException {
        assumeTrue(NativeLibrary.available(), NativeLibrary.problem());
        file = folder.resolve("cache.safetensors");
        try (CacheIndex index = PROBLEM.index()) {
            index.save(file);
        }
    }

    @AfterEach
    void restoreLimit() {
        MemoryUse.limit(limit);
    }

    private static boolean mapped() {
        return MemoryUse.bytes(MemoryKind.MAPPED) > 0;
    }

    @Test
    void anIndexThatFitsAnswersAfterItsFileWasOverwrittenAndTruncated() throws IOException {
        try (CacheIndex index = CacheIndex.open(file)) {
            assertThat(mapped()).isFalse();
            float[] before = index.query(PROBLEM.queries(), 10).row(1).probabilities();
            try (FileChannel channel = FileChannel.open(file, StandardOpenOption.WRITE)) {
                channel.write(ByteBuffer.allocate(1 << 16), 0);
                channel.truncate(100);
            }
            assertThat(index.query(PROBLEM.queries(), 10).row(1).probabilities())
                    .isEqualTo(before);
        }
    }

    @Test
    void anIndexOfMoreThanAQuarterOfWhatIsLeftIsMapped() throws IOException {
        MemoryUse.limit(MemoryUse.limit() - MemoryUse.free() + 4 * Files.size(file) - 4);
        try (CacheIndex index = CacheIndex.open(file)) {
            assertThat(mapped()).isTrue();
            assertThat(index.size()).isEqualTo(5000);
        }
    }

    @Test
    void anIndexThatIsTrustedIsMapped() throws IOException {
        try (CacheIndex index = CacheIndex.open(file, new OpenOptions().verify(false))) {
            assertThat(mapped()).isTrue();
            assertThat(index.size()).isEqualTo(5000);
        }
    }

    @Test
    void loadingThatIsAskedForNeedsTheMemory() {
        MemoryUse.limit(MemoryUse.limit() - MemoryUse.free() + 1000);
        assertNotEnoughMemory(() -> CacheIndex.open(file, new OpenOptions().load(true)));
    }

    @Test
    void aFileThatIsShorterThanItsHeaderSaysIsRefused() throws IOException {
        try (FileChannel channel = FileChannel.open(file, StandardOpenOption.WRITE)) {
            channel.truncate(Files.size(file) - 1);
        }
        for (boolean load : new boolean[] {false, true}) {
            assertCorrupt(() -> CacheIndex.open(
                            file, new OpenOptions().verify(false).load(load)))
                    .hasMessageContaining("truncated");
        }
    }
}
