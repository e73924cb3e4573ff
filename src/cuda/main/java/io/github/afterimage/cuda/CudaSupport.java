package io.github.afterimage.cuda;

import org.jspecify.annotations.Nullable;

/** Tells if this machine and this build can use a GPU. Refers to no class of the JavaCPP presets directly. */
public final class CudaSupport {
    static final String KERNELS = "kernels.fatbin";
    /**
     * Device memory for the queries of a pass, 256 MiB: of 4,096 queries up to dim 5,461, of 891 at dim 25,088. Keys leave it
     * free for several callers, see {@link DeviceBudget}.
     */
    public static final long QUERY_BYTES = 256L << 20;

    private static volatile boolean started;

    private CudaSupport() {}

    /**
     * Returns the missing requirement in one line; null if a GPU can be used. Loads libraries and starts the driver if there
     * are any; takes no device.
     */
    public static @Nullable String problem() {
        // Looks for the class file only, because the class is large.
        if (CudaSupport.class.getResource("/org/bytedeco/cuda/global/cudart.class") == null) {
            return "org.bytedeco:cuda is not on the class path";
        }
        if (CudaSupport.class.getResource(KERNELS) == null) {
            return "the kernels for GPUs were not built: nvcc of CUDA 13 was missing, or -Dnative.skip was set";
        }
        try {
            CudaProperties.check();
            String missing = CudaLibraries.load();
            if (missing != null) {
                return missing;
            }
            started = true;
            return Cuda.problem();
        } catch (IllegalArgumentException e) {
            return e.getMessage();
        } catch (LinkageError | CudaException e) {
            return "CUDA does not start: "
                    + String.valueOf(e.getMessage()).lines().findFirst().orElse(e.toString());
        }
    }

    /** Returns true if there is an NVIDIA driver, and so probably a GPU. */
    public static boolean driverPresent() {
        try {
            return CudaLibraries.driverPresent();
        } catch (LinkageError e) {
            return false;
        }
    }

    /**
     * Opens the device; only if there is no {@link #problem}.
     *
     * @throws CudaException if the device refuses
     */
    public static void open() {
        Cuda.open();
    }

    /** Returns the error after which the GPU is not used any more in this process, in one line; null if there was none. */
    public static @Nullable String lost() {
        // A process without the bindings has lost nothing.
        return started ? Cuda.lost() : null;
    }

    /** Describes the device in a few words; only if there is no {@link #problem}. */
    public static String description() {
        return Cuda.description();
    }
}
