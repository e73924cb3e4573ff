package io.github.afterimage.file;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.afterimage.CacheIndex;
import io.github.afterimage.CacheIndexBuilder;
import io.github.afterimage.JavaCommand;
import io.github.afterimage.KeyBatch;
import io.github.afterimage.OpenOptions;
import io.github.afterimage.keys.KeyStore;
import io.github.afterimage.keys.Keys;
import io.github.afterimage.keys.Snapshot;
import io.github.afterimage.settings.Durability;
import java.io.BufferedReader;
import java.io.IOException;
import java.nio.FloatBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.logging.Level;
import java.util.logging.Logger;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Kills a process that logs changes, at random moments: {@code mvn test -Dtest=KilledLogTest -Dafterimage.kills=200}. */
@Tag("long")
class KilledLogTest {
    private static final int KILLS = Integer.getInteger("afterimage.kills", 9);
    private static final int DIM = 32;
    private static final int KEPT = 500;
    private static final int OLD = 64;
    private static final List<Durability> DURABILITIES =
            List.of(Durability.everyChange(), Durability.every(Duration.ofMillis(5)), Durability.never());

    @TempDir
    private Path folder;

    @Test
    void noChangeIsLostInAKillThatWasPromisedToStay() throws Exception {
        Logger warnings = Logger.getLogger(IndexFile.class.getName());
        warnings.setLevel(Level.OFF);
        Path file = folder.resolve("index.safetensors");
        try (CacheIndex index = new CacheIndexBuilder(DIM, 2).threads(1).build()) {
            index.save(file);
        }
        long seed = System.nanoTime();
        System.out.println("kills: seed " + seed);
        Random random = new Random(seed);
        long acknowledged = 0;
        long ahead = 0;
        long cut = 0;
        long before = 0;
        long lost = 0;
        for (int kill = 0; kill < KILLS; kill++) {
            Durability durability = DURABILITIES.get(kill % DURABILITIES.size());
            String as = "seed " + seed + " kill " + kill + " forced " + durability;
            Process process = new ProcessBuilder(JavaCommand.of(
                            List.of("-XX:TieredStopAtLevel=1", "-Xshare:auto", "-Xmx256m"),
                            KilledLogTest.class,
                            file.toString(),
                            Integer.toString(kill % DURABILITIES.size())))
                    .redirectError(folder.resolve("errors").toFile())
                    .start();
            String last = null;
            try (BufferedReader lines = process.inputReader()) {
                String line = lines.readLine();
                assertThat(line).as(Files.readString(folder.resolve("errors"))).isNotNull();
                Thread.sleep(random.nextInt(60), 1 + random.nextInt(999_999));
                process.toHandle().destroyForcibly(); // what it said can still be read
                for (; line != null; line = lines.readLine()) {
                    last = line;
                }
            } finally {
                process.destroyForcibly().waitFor();
            }
            acknowledged = Long.parseLong(last);
            List<Long> ids = new ArrayList<>();
            IndexFile.Contents contents = IndexFile.open(file, true);
            try (KeyStore store = contents.keys();
                    Snapshot snapshot = store.snapshot()) {
                cut += contents.log().ignoredBytes() > 0 ? 1 : 0;
                // Changes that are written in the background may be missing, those of the process before must not be.
                long least = durability.interval().isEmpty() ? acknowledged : before;
                assertThat(store.nextId()).as(as).isBetween(least, acknowledged + 7);
                lost += Math.max(0, acknowledged - store.nextId());
                before = store.nextId();
                ahead += store.nextId() > acknowledged ? 1 : 0;
                for (Keys keys : snapshot.parts()) {
                    for (long i = 0; i < keys.count(); i++) {
                        ids.add(keys.id(i));
                        assertThat(keys.name(i)).isEqualTo("key " + keys.id(i));
                        assertThat(keys.thumbnail(i)).isEqualTo(thumbnail(keys.id(i)));
                    }
                }
                assertThat(ids.get(ids.size() - 1)).isEqualTo(store.nextId() - 1);
                assertThat(ids.get(ids.size() - 1) - ids.get(0)).as(as).isEqualTo(ids.size() - 1);
                // Each process that was killed between adding and removing has left the oldest keys to the next.
                assertThat(ids.get(0))
                        .isBetween(Math.max(0, store.nextId() - KEPT - OLD), Math.max(0, store.nextId() - KEPT));
            }
            assertThat(IndexCheck.findings(file)).as(as).isEmpty();
        }
        System.out.println(KILLS + " kills, " + acknowledged + " keys acknowledged; " + ahead
                + " times a change more was there, " + cut + " times one was cut off, " + lost
                + " keys of the last 5 ms were lost as promised");
        warnings.setLevel(null);
    }

    /** Every third key has a thumbnail. */
    private static byte[] thumbnail(long id) {
        return id % 3 == 0 ? ("picture " + id).getBytes(StandardCharsets.UTF_8) : new byte[0];
    }

    /** Adds keys and removes the oldest, with a log, and says the next id after each change; saves now and then. */
    public static void main(String[] arguments) throws IOException {
        Path file = Path.of(arguments[0]);
        Durability durability = DURABILITIES.get(Integer.parseInt(arguments[1]));
        Random random = new Random();
        long next;
        try (KeyStore store = IndexFile.open(file, false).keys()) {
            next = store.nextId();
        }
        OpenOptions options = new OpenOptions().threads(1).log(durability);
        try (CacheIndex index = CacheIndex.open(file, options)) {
            for (int i = 0; ; i++) {
                int count = 1 + i % 7;
                float[] rows = new float[count * DIM];
                List<String> names = new ArrayList<>();
                List<byte[]> thumbnails = new ArrayList<>();
                for (int row = 0; row < count; row++) {
                    rows[row * DIM + random.nextInt(DIM)] = 1;
                    names.add("key " + (next + row));
                    thumbnails.add(thumbnail(next + row));
                }
                if (index.add(KeyBatch.of(FloatBuffer.wrap(rows), new int[count])
                                        .names(names)
                                        .thumbnails(thumbnails))
                                .first()
                        != next) {
                    throw new AssertionError("next id " + next);
                }
                next += count;
                System.out.println(next);
                System.out.flush();
                long[] old = new long[OLD];
                for (int j = 0; j < old.length; j++) {
                    old[j] = next - KEPT - 1 - j;
                }
                index.remove(old);
                if (i % 200 == 199) {
                    index.save(file);
                }
            }
        }
    }
}
