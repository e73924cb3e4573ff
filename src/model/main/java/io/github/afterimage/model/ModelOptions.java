package io.github.afterimage.model;

import io.github.afterimage.Hyperparameters;
import io.github.afterimage.OpenOptions;
import io.github.afterimage.model.network.NetworkSettings;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * Options for opening a {@link CacheModel}; override only what you need.
 *
 * <pre>{@code
 * ModelOptions options = new ModelOptions()
 *         .hyperparameters(new Hyperparameters(60, 0.3))
 *         .index(new OpenOptions().engine(Engines.named("fused")).load(false))
 *         .network(NetworkSettings.defaults().withDevice(NetworkDevice.CUDA));
 * try (CacheModel model = CacheModel.open(Path.of("resnet20.onnx"), Path.of("cifar10.safetensors"), options)) {
 *     System.out.println(model);
 * }
 * }</pre>
 *
 * <p>Not thread-safe. Opening a model leaves the options as they are.
 */
public final class ModelOptions {
    OpenOptions index = new OpenOptions();
    NetworkSettings network = NetworkSettings.defaults();

    @Nullable
    Hyperparameters hyperparameters; // null for those of the index

    /** Sets the options of the index: engine, threads, reading or mapping. */
    public ModelOptions index(OpenOptions value) {
        index = Objects.requireNonNull(value, "index");
        return this;
    }

    /**
     * Sets the settings of the network: device, threads, batch. Preprocessing, output and classes are always those of the index.
     */
    public ModelOptions network(NetworkSettings value) {
        network = Objects.requireNonNull(value, "network");
        return this;
    }

    /** Sets θ, λ and β; by default those that {@code tune --save} stored in the index. */
    public ModelOptions hyperparameters(Hyperparameters value) {
        hyperparameters = Objects.requireNonNull(value, "hyperparameters");
        return this;
    }

    @Override
    public String toString() {
        return "ModelOptions[" + (hyperparameters == null ? "" : hyperparameters + ", ") + index + ", " + network + "]";
    }
}
