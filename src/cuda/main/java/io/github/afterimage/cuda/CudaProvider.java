package io.github.afterimage.cuda;

import io.github.afterimage.engine.EngineProvider;
import io.github.afterimage.engine.KeyEngine;
import org.jspecify.annotations.Nullable;

/** Offers the engine {@code cuda} to {@link io.github.afterimage.Engines}. Refers to no class of the JavaCPP presets before it is known that they load. */
public final class CudaProvider implements EngineProvider {
    static final String KERNELS = "kernels.fatbin";

    @Override
    public boolean devicePresent() {
        try {
            return CudaLibraries.driverPresent();
        } catch (LinkageError e) {
            return false;
        }
    }

    /** Loads libraries and starts the driver if there are any; takes no device. */
    @Override
    public @Nullable String problem() {
        if (CudaProvider.class.getResource(KERNELS) == null) {
            return "the kernels for GPUs were not built: nvcc of CUDA 13 was missing, or -Dnative.skip was set";
        }
        try {
            CudaProperties.check();
            String missing = CudaLibraries.load();
            return missing != null ? missing : Cuda.problem();
        } catch (IllegalArgumentException e) {
            return e.getMessage();
        } catch (LinkageError | CudaException e) {
            return "CUDA does not start: "
                    + String.valueOf(e.getMessage()).lines().findFirst().orElse(e.toString());
        }
    }

    @Override
    public @Nullable String failure() {
        String problem = CudaCheck.result().problem(); // may lose the device
        return Cuda.lost() == null ? problem : "it has failed: " + Cuda.lost();
    }

    @Override
    public KeyEngine engine() {
        return CudaEngine.INSTANCE;
    }
}
