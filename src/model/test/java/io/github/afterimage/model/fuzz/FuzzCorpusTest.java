package io.github.afterimage.model.fuzz;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.afterimage.file.IndexFuzz;
import io.github.afterimage.file.LogFuzz;
import io.github.afterimage.model.data.CifarFuzz;
import io.github.afterimage.model.data.NpyFuzz;
import io.github.afterimage.model.data.NpzFuzz;
import io.github.afterimage.model.data.PictureFuzz;
import io.github.afterimage.model.data.SafeTensorsFuzz;
import io.github.afterimage.model.network.OnnxFuzz;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Runs the fuzz targets on earlier findings and some hundreds of mutations; {@code tools/fuzz.sh} runs longer. */
class FuzzCorpusTest {
    private static final Path CORPUS = Path.of("src/model/test/resources/fuzz");
    private static final int MUTATIONS = 100;

    private interface Target {
        void run(byte[] input) throws IOException;
    }

    private static final Map<String, Target> TARGETS = Map.of(
            "index", IndexFuzz::fuzzerTestOneInput,
            "log", LogFuzz::fuzzerTestOneInput,
            "npy", NpyFuzz::fuzzerTestOneInput,
            "npz", NpzFuzz::fuzzerTestOneInput,
            "safetensors", SafeTensorsFuzz::fuzzerTestOneInput,
            "cifar", CifarFuzz::fuzzerTestOneInput,
            "onnx", OnnxFuzz::fuzzerTestOneInput,
            "picture", PictureFuzz::fuzzerTestOneInput);

    @ParameterizedTest
    @ValueSource(strings = {"index", "log", "npy", "npz", "safetensors", "cifar", "onnx", "picture"})
    void noInputDoesMoreThanBeRefused(String name) throws IOException {
        long seed = System.nanoTime();
        Random random = new Random(seed);
        List<Path> files;
        try (Stream<Path> list = Files.list(CORPUS.resolve(name))) {
            files = list.sorted().toList();
        }
        assertThat(files).isNotEmpty();
        for (Path file : files) {
            byte[] bytes = Files.readAllBytes(file);
            TARGETS.get(name).run(bytes);
            for (int i = 0; i < MUTATIONS; i++) {
                byte[] mutated = mutate(bytes, random);
                try {
                    TARGETS.get(name).run(mutated);
                } catch (IOException | RuntimeException | Error e) {
                    Path kept = Files.createTempFile("fuzz-" + name + "-", ".bin");
                    Files.write(kept, mutated);
                    throw new AssertionError("seed " + seed + ", " + file + " number " + i + ", kept in " + kept, e);
                }
            }
        }
    }

    private static byte[] mutate(byte[] bytes, Random random) {
        byte[] mutated =
                random.nextInt(4) == 0 ? Arrays.copyOf(bytes, random.nextInt(bytes.length + 65)) : bytes.clone();
        for (int i = random.nextInt(4); i >= 0 && mutated.length > 0; i--) {
            // Half of the changes are near the beginning, in the headers.
            int bound = random.nextBoolean() ? Math.min(64, mutated.length) : mutated.length;
            int place = random.nextInt(bound);
            mutated[place] = (byte) (random.nextBoolean() ? mutated[place] ^ 1 << random.nextInt(8) : random.nextInt());
        }
        return mutated;
    }
}
