package io.github.afterimage.engine.cuda;

import org.jspecify.annotations.Nullable;

/** Whether this machine, and this build, can run the operator on a GPU. Knows no class of the JavaCPP presets itself. */
public final class CudaSupport {
    static final String KERNELS = "kernels.fatbin";

    private CudaSupport() {}

    /**
     * Why not, in one line that names what is missing; null where it can. Loads libraries and starts the driver if there are
     * any; takes no device.
     */
    public static @Nullable String problem() {
        // Looked for and not loaded: it is a large class.
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

    /** Whether there is an NVIDIA driver, and so probably a GPU that could be used. */
    public static boolean driverPresent() {
        try {
            return CudaLibraries.driverPresent();
        } catch (LinkageError e) {
            return false;
        }
    }

    /** The device in a few words; only where there is no {@link #problem}. */
    public static String description() {
        return Cuda.description();
    }
}
