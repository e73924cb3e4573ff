package io.github.afterimage.cli;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.afterimage.CacheIndexBuilder;
import io.github.afterimage.KeyBatch;
import io.github.afterimage.PartitionedIndexWriter;
import io.github.afterimage.cli.output.Version;
import io.github.afterimage.model.data.FeatureSet;
import io.github.afterimage.model.data.Fingerprint;
import java.io.IOException;
import java.nio.FloatBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Repeating the command of an interrupted build continues behind its finished parts. */
class ContinuedBuildTest {
    private static final int ROWS = 600;
    private static final int DONE = 200;

    @TempDir
    private Path folder;

    private Path file;
    private Path index;
    private Object[] build;

    @BeforeEach
    void leaveAnUnfinishedBuild() throws IOException {
        file = folder.resolve("keys.npz");
        index = folder.resolve("index.safetensors");
        String data = Clusters.write(file, ROWS, 1);
        int partBytes = 100 * Clusters.DIM * Float.BYTES;
        build = new Object[] {"build --data %s --part-bytes %s --out %s", data, partBytes, index};
        Map<String, String> attributes = Map.of(
                "data", data, "data.fingerprint", Fingerprint.of(data), "created by", "afterimage " + Version.text());
        FloatBuffer rows = FloatBuffer.allocate(DONE * Clusters.DIM);
        try (FeatureSet features = FeatureSet.open(data);
                PartitionedIndexWriter unfinished = new CacheIndexBuilder(Clusters.DIM, 3)
                        .attributes(attributes)
                        .buildInParts(index, 100)) {
            features.read(0, DONE, rows);
            unfinished.add(KeyBatch.of(rows.flip(), Arrays.copyOf(features.labels(), DONE)));
        }
        assertThat(part(1)).exists();
        assertThat(index).doesNotExist();
    }

    @Test
    void saysHowManyKeysWereThere() throws IOException {
        Run.reported(build).containsEntry("continuedKeys", DONE).containsEntry("keys", ROWS);
    }

    @Test
    void keepsNoPartsOfDataThatChanged() throws IOException {
        String data = Clusters.write(file, ROWS, 2);
        Run.reported(build).doesNotContainKey("continuedKeys");
        Path whole = folder.resolve("whole.safetensors");
        Run.done("build --data %s --out %s", data, whole);
        assertThat(keys(index)).hasSameBinaryContentAs(keys(whole));
    }

    @Test
    void keepsNoPartThatIsDamaged() throws IOException {
        byte[] bytes = Files.readAllBytes(part(2));
        bytes[bytes.length / 2] ^= 1;
        Files.write(part(2), bytes);
        Run.json(build);
        Run.done("check %s", index);
    }

    @Test
    void anIndexInOneFileLeavesNoPartsBehind() throws IOException {
        String ended = ".999999999-00000000-0000-0000-0000-000000000000.partial";
        Files.createFile(folder.resolve(".index.unfinished.safetensors" + ended));
        Files.createFile(folder.resolve(".index.0003.safetensors" + ended));
        Run.done("build --data features:%s --out %s", file, index);
        try (Stream<Path> files = Files.list(folder)) {
            assertThat(files).containsExactlyInAnyOrder(index, file);
        }
    }

    @Test
    void refusesPartsSmallerThanAThousandthOfTheIndex() throws IOException {
        String data = Clusters.write(file, 1001, 1);
        Run.refused("build --data %s --part-bytes 1 --out %s", data, index)
                .isEqualTo("afterimage: --part-bytes 1: 1,001 keys of 160 bytes would be in more than 1000 parts:"
                        + " expected at least 320 bytes");
    }

    private Path keys(Path ofIndex) {
        Path array = folder.resolve(ofIndex.getFileName() + ".npy");
        Run.done("export %s --out %s", ofIndex, array);
        return array;
    }

    private Path part(int number) {
        return folder.resolve("index.000" + number + ".safetensors");
    }
}
