package io.github.afterimage.engine.cuda;

import org.jspecify.annotations.Nullable;

/** Tells if this machine and this build can use a GPU. Refers to no class of the JavaCPP presets directly. */
public final class CudaSupport {
    static final String KERNELS = "kernels.fatbin";

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
            return missing != null ? missing : Cuda.problem();
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

    /** Describes the device in a few words; only if there is no {@link #problem}. */
    public static String description() {
        return Cuda.description();
    }
}
