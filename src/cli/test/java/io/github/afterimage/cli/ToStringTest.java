package io.github.afterimage.cli;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.afterimage.CacheIndex;
import io.github.afterimage.CacheIndexBuilder;
import io.github.afterimage.Engines;
import io.github.afterimage.OpenOptions;
import io.github.afterimage.answer.Mixture;
import io.github.afterimage.answer.Query;
import io.github.afterimage.file.SaveLock;
import io.github.afterimage.model.DifferentiableModel;
import io.github.afterimage.model.data.Image;
import io.github.afterimage.model.network.DifferentiableNetwork;
import io.github.afterimage.model.network.NetworkSettings;
import io.github.afterimage.reduce.Reduction;
import java.nio.FloatBuffer;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Objects describe themselves in a log or a debugger. */
class ToStringTest {
    private static final Path MODEL = Path.of("models/cifar10_resnet.onnx");
    private static final FloatBuffer QUERY = FloatBuffer.wrap(new float[] {1, 0, 0, 0});

    private static CacheIndexBuilder builder() {
        return new CacheIndexBuilder(4, 2).engine(Engines.named("reference")).threads(1);
    }

    @Test
    void anIndexSaysWhatItHoldsAndThatItIsClosed() {
        CacheIndex index = builder().build();
        index.add(new float[] {1, 0, 0, 0, 0, 1, 0, 0}, new int[] {0, 1});

        assertThat(index).hasToString("CacheIndex[2 keys, dim 4, 2 classes, f32, engine reference]");
        assertThat(index.answer(Query.of(QUERY).thetas(60)))
                .hasToString("Answer[1 queries, 1 thetas, 0 neighbors, 2 keys, version 1]");
        assertThat(index.answer(Query.of(QUERY).neighbors(2)))
                .hasToString("Answer[1 queries, 0 thetas, 2 neighbors, 2 keys, version 1]");
        index.close();
        assertThat(index).hasToString("CacheIndex[closed, dim 4, 2 classes, f32, engine reference]");
        try (CacheIndex reduced = builder().reduce(Reduction.hadamard(2)).build()) {
            assertThat(reduced)
                    .hasToString("CacheIndex[0 keys, dim 4 reduced by hadamard:2, 2 classes, f32, engine reference]");
        }
    }

    @Test
    void optionsSayWhatWasSet() {
        assertThat(builder().reduce(Reduction.hadamard(2)))
                .hasToString(
                        "CacheIndexBuilder[dim 4 reduced by hadamard:2, 2 classes, f32, engine reference, threads 1]");
        assertThat(NetworkSettings.defaults().withThreads(3).withOutput("logits"))
                .asString()
                .startsWith("NetworkSettings[output logits, threads 3, batch 32, ");
        assertThat(new OpenOptions().load(false).parts(1, 2)).asString().endsWith("load false, parts 1 to 2]");
        assertThat(Image.of(2, 1, new float[6])).hasToString("Image[2x1]");
    }

    @Test
    void aLockSaysItsFileAndThatItIsClosed(@TempDir Path folder) throws Exception {
        Path file = folder.toRealPath().resolve(".i.lock");
        SaveLock lock = SaveLock.take(folder.resolve("i"));
        assertThat(lock).hasToString("SaveLock[" + file + "]");
        lock.close();
        assertThat(lock).hasToString("SaveLock[" + file + ", closed]");
    }

    @Test
    void aModelSaysItsNetworkAndItsKeysAlsoWhenTheyAreClosed() throws Exception {
        DifferentiableNetwork network = DifferentiableNetwork.open(MODEL, List.of("gap"), NetworkSettings.defaults());
        CacheIndex index = new CacheIndexBuilder(network.dim(), 10).build();
        DifferentiableModel model = new DifferentiableModel(network, index, new Mixture(50, 0.5));
        index.close();
        network.close();

        assertThat(model)
                .asString()
                .startsWith("DifferentiableModel[DifferentiableNetwork[" + MODEL + ", layers [gap], 10 classes], "
                        + "CacheIndex[closed, dim ")
                .endsWith(", Mixture[theta=50.0, lambda=0.5]]");
    }
}
