package io.github.afterimage.model.data;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.sun.management.ThreadMXBean;
import io.github.afterimage.failure.CorruptDataException;
import io.github.afterimage.failure.CorruptIndexException;
import io.github.afterimage.file.IndexFile;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Files that declare an impossible length are refused before memory is allocated for it. */
class HostileLengthsTest {
    private static final long[] LENGTHS = {0, Long.MAX_VALUE, 1L << 31, Integer.MAX_VALUE, 1L << 32, Long.MIN_VALUE, -1
    };
    private static final long MAX_BYTES = 64 << 10;
    private static final ThreadMXBean THREADS = (ThreadMXBean) ManagementFactory.getThreadMXBean();

    @TempDir
    private Path folder;

    private interface Reader {
        void read(Path file) throws IOException;
    }

    /** Writes every length at every position of an intact file, and reads the file. */
    private void assertRefused(String name, byte[] intact, Class<?> refusal, Reader reader, int... places)
            throws IOException {
        Path file = folder.resolve(name);
        long most = 0;
        for (int round = 0; round < 2; round++) { // classes are loaded in the first
            for (int place : places) {
                for (long length : LENGTHS) {
                    byte[] bytes = intact.clone();
                    ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN).putLong(place, length);
                    Files.write(file, bytes);
                    long before = THREADS.getThreadAllocatedBytes(
                            Thread.currentThread().getId());
                    Throwable thrown = null;
                    try {
                        reader.read(file);
                    } catch (IOException | RuntimeException e) {
                        thrown = e;
                    }
                    long taken = THREADS.getThreadAllocatedBytes(
                                    Thread.currentThread().getId())
                            - before;
                    assertThat(thrown).as("%s at %d", length, place).isInstanceOf(refusal);
                    most = round == 0 ? most : Math.max(most, taken);
                }
            }
        }
        System.out.println(name + ": refused with at most " + most + " bytes allocated");
        assertThat(most).isLessThanOrEqualTo(MAX_BYTES);
    }

    private static void open(Path file) throws IOException {
        FeatureSet.open("features:" + file).close();
    }

    @Test
    void ofAnIndex() throws IOException {
        byte[] intact = Files.readAllBytes(Path.of("src/index/test/resources/golden/f32.safetensors"));
        assertRefused("index", intact, CorruptIndexException.class, file -> IndexFile.open(file, true), 0);
    }

    @Test
    void ofSafetensors() throws IOException {
        byte[] intact = Files.readAllBytes(Path.of("src/model/test/resources/fuzz/safetensors/two.safetensors"));
        assertRefused("safetensors", intact, CorruptDataException.class, HostileLengthsTest::open, 0);
    }

    @Test
    void ofNpy() throws IOException {
        byte[] intact = Files.readAllBytes(Path.of("src/model/test/resources/fuzz/npy/version2.npy"));
        assertRefused("npy", intact, CorruptDataException.class, HostileLengthsTest::open, 8);
    }

    @Test
    void shapesThatNoFileCanHave() throws IOException {
        for (String shape : new String[] {"(2147483648,)", "(9223372036854775807, 2)", "(999999999999999999, 1000)"}) {
            Path file = Files.write(folder.resolve("a.npy"), ArrayFiles.npy("<f4", shape, new byte[8]));
            assertThatThrownBy(() -> open(file)).isInstanceOf(CorruptDataException.class);
        }
    }
}
