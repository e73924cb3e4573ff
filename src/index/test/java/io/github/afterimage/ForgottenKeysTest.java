package io.github.afterimage;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.afterimage.failure.UnerasedKeysException;
import io.github.afterimage.settings.Durability;
import java.io.BufferedReader;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.FloatBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Random;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The files are searched for the bytes of a key, its name and its thumbnail. */
class ForgottenKeysTest {
    private static final int DIM = 16;
    private static final long SECRET = 40;
    private static final String NAME = "anna/passport-photo.png";
    private static final byte[] THUMBNAIL = HexFormat.of().parseHex("ffd8ffe0a1b2c3d4e5f60718293a4b5c6d7e8f90");
    private static final int KILLS = Integer.getInteger("afterimage.kills", 8);

    @TempDir
    private Path folder;

    private Path file;
    private float[] secret = new float[DIM];

    /** 200 keys in several parts, and a log with changes behind them; the key is in the second part. */
    @BeforeEach
    void write() throws IOException {
        file = folder.resolve("index.safetensors");
        write(file);
        secret = row(SECRET);
    }

    private static void write(Path file) throws IOException {
        try (CacheIndex index = new CacheIndexBuilder(DIM, 2).build()) {
            add(index, 0, 30);
            index.save(file);
        }
        for (int first : new int[] {30, 45, 52}) {
            try (CacheIndex index = CacheIndex.open(file)) {
                add(index, first, first == 30 ? 45 : first == 45 ? 52 : 55);
                index.save(file);
            }
        }
        try (CacheIndex index = open(file, true)) {
            add(index, 55, 60);
        }
    }

    private static CacheIndex open(Path file, boolean erase) throws IOException {
        return CacheIndex.open(
                file, new OpenOptions().log(Durability.everyChange()).eraseRemoved(erase));
    }

    private static float[] row(long id) {
        Random random = new Random(id);
        float[] row = new float[DIM];
        double sum = 0;
        for (int i = 0; i < DIM; i++) {
            row[i] = (float) random.nextGaussian();
            sum += row[i] * row[i];
        }
        for (int i = 0; i < DIM; i++) {
            row[i] /= (float) Math.sqrt(sum);
        }
        return row;
    }

    private static void add(CacheIndex index, long from, long to) {
        for (long id = from; id < to; id++) {
            boolean isSecret = id == SECRET || id == SECRET + 17; // that one is in the log
            FloatBuffer views = FloatBuffer.allocate(2 * DIM);
            views.put(
                    id == SECRET ? DIM : 0,
                    row(-1 - id)); // the secret is the first view of one picture, and the second of another
            views.put(id == SECRET ? 0 : DIM, row(isSecret ? SECRET : id));
            index.add(KeyBatch.of(views, new int[] {(int) id % 2})
                    .views(2)
                    .names(List.of(isSecret ? NAME : "other " + id))
                    .thumbnails(List.of(isSecret ? THUMBNAIL : new byte[] {1, 2, 3, (byte) id})));
        }
    }

    /** Returns the files that have a trace of the key. */
    private List<String> traces(Path searched) throws IOException {
        byte[] key = ByteBuffer.allocate(4 * 4)
                .order(ByteOrder.LITTLE_ENDIAN)
                .putFloat(secret[4])
                .putFloat(secret[5])
                .putFloat(secret[6])
                .putFloat(secret[7])
                .array();
        List<String> found = new ArrayList<>();
        try (Stream<Path> files = Files.walk(searched)) {
            for (Path each : files.filter(Files::isRegularFile).toList()) {
                String bytes = Files.readString(each, StandardCharsets.ISO_8859_1);
                for (byte[] trace : List.of(key, NAME.getBytes(StandardCharsets.ISO_8859_1), THUMBNAIL)) {
                    if (bytes.contains(new String(trace, StandardCharsets.ISO_8859_1))) {
                        found.add(each.getFileName() + " " + trace.length);
                    }
                }
            }
        }
        return found;
    }

    @Test
    void noFileHasAByteOfWhatWasForgottenAndTheReceiptNamesTheFiles() throws IOException {
        for (boolean erase : new boolean[] {true, false}) {
            Path own = Files.createDirectory(folder.resolve("erase-" + erase));
            Path copy = own.resolve("index.safetensors");
            write(copy);
            assertThat(traces(own)).as("before").hasSizeGreaterThanOrEqualTo(6); // of a part and of the log
            ForgottenKeys receipt;
            try (CacheIndex index = open(copy, erase)) {
                long version = index.version();
                receipt = index.forget(copy, SECRET, SECRET + 17, 999);
                assertThat(traces(own)).as("while it is open").isEmpty();
                assertThat(index.size()).isEqualTo(116);
                assertThat(receipt.versionBefore()).isEqualTo(version);
                assertThat(receipt.versionAfter()).isEqualTo(index.version()).isGreaterThan(version);
            }
            assertThat(traces(own)).isEmpty();
            assertThat(receipt.ids()).containsExactly(SECRET, SECRET + 17, 999L);
            assertThat(receipt.removed()).isEqualTo(2);
            assertThat(receipt.files()).extracting(ForgottenKeys.File::name).contains("index.safetensors");
            assertThat(receipt.files()).anyMatch(ForgottenKeys.File::rewritten);
            for (ForgottenKeys.File each : receipt.files()) {
                assertThat(each.sha256()).isEqualTo(sha256(own.resolve(each.name())));
            }
            assertThat(receipt.deleted())
                    .allSatisfy(name -> assertThat(own.resolve(name)).doesNotExist());
            StoredIndex.files(copy).forEach(part -> assertThat(part).exists());
        }
    }

    @Test
    void aFailureSaysWhetherKeysAreRemoved() throws IOException {
        Path unwritable = folder.resolve("b".repeat(230) + ".safetensors"); // the name of a temporary file is too long
        try (CacheIndex index = new CacheIndexBuilder(DIM, 2).build();
                CacheIndex owner = open(file, true)) {
            add(index, 0, 5);
            assertThat(owner.size()).isEqualTo(120);
            assertThatThrownBy(() -> index.forget(file, 0, 1))
                    .isNotInstanceOf(UnerasedKeysException.class)
                    .hasMessageContaining("holds its lock");
            assertThat(index.size()).isEqualTo(10);
            assertThatThrownBy(() -> index.forget(unwritable, 0, 1))
                    .isInstanceOf(UnerasedKeysException.class)
                    .hasMessageContaining("may still be in the files")
                    .extracting(failure -> ((UnerasedKeysException) failure).removed())
                    .isEqualTo(2L);
            assertThat(index.size()).isEqualTo(6);
        }
    }

    @Test
    void anInterruptedForgetSaysThatBytesMayBeLeft() throws IOException {
        try (CacheIndex index = open(file, true)) {
            index.observe(new QueryListener() {
                @Override
                public void answered(int batch, long nanos) {}

                @Override
                public void changed(long nanos) {
                    if (index.size() == 118) { // after the removal, for the first time
                        Thread.currentThread().interrupt();
                    }
                }
            });
            assertThatThrownBy(() -> index.forget(file, SECRET))
                    .isInstanceOf(UnerasedKeysException.class)
                    .hasMessage(
                            file
                                    + ": bytes of the keys to forget may still be in the files: the thread was interrupted; forget them again");
            assertThat(Thread.interrupted()).isTrue();
            assertThat(traces(folder)).isNotEmpty();
            assertThat(index.forget(file, SECRET, SECRET + 17).removed()).isEqualTo(1);
        }
        assertThat(traces(folder)).isEmpty();
    }

    private static String sha256(Path file) throws IOException {
        try {
            return HexFormat.of()
                    .formatHex(
                            java.security.MessageDigest.getInstance("SHA-256").digest(Files.readAllBytes(file)));
        } catch (java.security.NoSuchAlgorithmException e) {
            throw new IllegalStateException(e);
        }
    }

    /** Whatever moment a kill meets, to forget again leaves nothing. */
    @Test
    void aKillMeanwhileLeavesAnIndexThatForgetsAgain() throws Exception {
        long seed = System.nanoTime();
        Random random = new Random(seed);
        for (int kill = 0; kill < KILLS; kill++) {
            Path own = Files.createDirectory(folder.resolve("kill-" + kill));
            Path copy = own.resolve("index.safetensors");
            write(copy);
            Process process = new ProcessBuilder(JavaCommand.of(
                            List.of("-XX:TieredStopAtLevel=1", "-Xshare:auto", "-Xmx256m"),
                            ForgottenKeysTest.class,
                            copy.toString()))
                    .redirectErrorStream(true)
                    .start();
            try (BufferedReader lines = process.inputReader()) {
                assertThat(lines.readLine()).isEqualTo("ready");
                Thread.sleep(random.nextInt(30), random.nextInt(1_000_000));
                process.toHandle().destroyForcibly();
                process.waitFor();
            }
            try (CacheIndex index = open(copy, true)) {
                assertThat(index.size()).as("seed %d", seed).isIn(116L, 120L);
                ForgottenKeys receipt = index.forget(copy, SECRET, SECRET + 17);
                assertThat(index.size()).isEqualTo(116);
                assertThat(receipt.ids()).hasSize(2);
            }
            assertThat(traces(own)).as("seed %d, kill %d", seed, kill).isEmpty();
        }
    }

    public static void main(String[] arguments) throws IOException {
        Path file = Path.of(arguments[0]);
        try (CacheIndex index = open(file, true)) {
            System.out.println("ready");
            ForgottenKeys unused = index.forget(file, SECRET, SECRET + 17);
        }
    }
}
