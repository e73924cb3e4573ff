package io.github.afterimage.engine.cuda;

import static io.github.afterimage.engine.cuda.CudaException.check;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.EnumMap;
import java.util.Map;
import java.util.Objects;
import org.bytedeco.cuda.cudart.CUctx_st;
import org.bytedeco.cuda.cudart.CUfunc_st;
import org.bytedeco.cuda.cudart.CUmod_st;
import org.bytedeco.cuda.global.cublas;
import org.bytedeco.cuda.global.cudart;
import org.bytedeco.javacpp.BytePointer;
import org.bytedeco.javacpp.Loader;
import org.bytedeco.javacpp.SizeTPointer;
import org.jspecify.annotations.Nullable;

/**
 * The GPU of this process: its context and the kernels of {@code native/cuda}.
 *
 * <p>Threads: thread-safe; a thread calls {@link #enter} before it calls the driver.
 *
 * <p>Lifetime: the process's, from the first use on.
 */
final class Cuda {
    private static final int MIN_CAPABILITY = 80;

    private static @Nullable Cuda opened;

    private final CUctx_st context = new CUctx_st();
    private final CUmod_st module = new CUmod_st();
    private final Map<Kernel, CUfunc_st> functions = new EnumMap<>(Kernel.class);
    private final DeviceBudget budget;
    private final long l2Bytes;
    private final boolean registersReadOnly;

    private Cuda(int device) {
        check(cudart.cuDevicePrimaryCtxRetain(context, device), "cuDevicePrimaryCtxRetain");
        enter();
        // The driver copies what it needs; the image is not kept.
        try (BytePointer image = new BytePointer(kernels())) {
            check(cudart.cuModuleLoadData(module, image), "cuModuleLoadData of " + CudaSupport.KERNELS);
        }
        for (Kernel kernel : Kernel.values()) {
            CUfunc_st function = new CUfunc_st();
            check(
                    cudart.cuModuleGetFunction(function, module, kernel.symbol()),
                    "cuModuleGetFunction " + kernel.symbol());
            if (kernel.sharedBytes > 48 << 10) {
                check(
                        cudart.cuFuncSetAttribute(
                                function, cudart.CU_FUNC_ATTRIBUTE_MAX_DYNAMIC_SHARED_SIZE_BYTES, kernel.sharedBytes),
                        "cuFuncSetAttribute");
            }
            functions.put(kernel, function);
        }
        l2Bytes = attribute(device, cudart.CU_DEVICE_ATTRIBUTE_L2_CACHE_SIZE);
        registersReadOnly = attribute(device, cudart.CU_DEVICE_ATTRIBUTE_READ_ONLY_HOST_REGISTER_SUPPORTED) != 0;
        try (SizeTPointer free = new SizeTPointer(1);
                SizeTPointer total = new SizeTPointer(1)) {
            check(cudart.cuMemGetInfo(free, total), "cuMemGetInfo");
            budget = new DeviceBudget(CudaProperties.memoryLimit(free.get()));
        }
    }

    /** @throws CudaException if the device cannot be opened; the next call tries again */
    static synchronized Cuda open() {
        if (opened == null) {
            opened = new Cuda(device());
        }
        return opened;
    }

    /**
     * Returns the reason why no device can be opened, in one line, or null. Starts the driver, takes no device.
     *
     * <p>The libraries of {@link CudaLibraries} are loaded.
     */
    static @Nullable String problem() {
        Loader.load(cudart.class);
        Loader.load(cublas.class);
        int started = cudart.cuInit(0);
        if (started != cudart.CUDA_SUCCESS) {
            return started == cudart.CUDA_ERROR_NO_DEVICE
                    ? "the NVIDIA driver finds no GPU"
                    : "the NVIDIA driver does not start: " + CudaException.name(started);
        }
        int[] count = new int[1];
        check(cudart.cuDeviceGetCount(count), "cuDeviceGetCount");
        if (CudaProperties.device() >= count[0]) {
            return "GPU " + CudaProperties.device() + " is chosen by -D" + CudaProperties.DEVICE + ", the driver finds "
                    + count[0];
        }
        int capability = capability(device());
        if (capability < MIN_CAPABILITY) {
            return name(device()) + " has compute capability " + text(capability) + ", " + text(MIN_CAPABILITY)
                    + " or more is needed";
        }
        return null;
    }

    /** Returns name, compute capability and versions of the chosen device. */
    static String description() {
        int[] driver = new int[1];
        check(cudart.cuDriverGetVersion(driver), "cuDriverGetVersion");
        return name(device()) + ", compute capability " + text(capability(device())) + ", driver for CUDA "
                + driver[0] / 1000 + "." + driver[0] % 1000 / 10 + (CudaProperties.tf32() ? ", TF32" : "");
    }

    private static int device() {
        int[] device = new int[1];
        check(cudart.cuDeviceGet(device, CudaProperties.device()), "cuDeviceGet");
        return device[0];
    }

    private static int attribute(int device, int attribute) {
        int[] value = new int[1];
        check(cudart.cuDeviceGetAttribute(value, attribute, device), "cuDeviceGetAttribute");
        return value[0];
    }

    private static int capability(int device) {
        return attribute(device, cudart.CU_DEVICE_ATTRIBUTE_COMPUTE_CAPABILITY_MAJOR) * 10
                + attribute(device, cudart.CU_DEVICE_ATTRIBUTE_COMPUTE_CAPABILITY_MINOR);
    }

    private static String text(int capability) {
        return capability / 10 + "." + capability % 10;
    }

    private static String name(int device) {
        byte[] name = new byte[256];
        check(cudart.cuDeviceGetName(name, name.length, device), "cuDeviceGetName");
        int length = 0;
        while (length < name.length && name[length] != 0) {
            length++;
        }
        return new String(name, 0, length, StandardCharsets.UTF_8);
    }

    private static byte[] kernels() {
        try (InputStream in = Cuda.class.getResourceAsStream(CudaSupport.KERNELS)) {
            return in.readAllBytes();
        } catch (IOException e) {
            throw new IllegalStateException("cannot read " + CudaSupport.KERNELS, e);
        }
    }

    /** Directs the driver calls of this thread to this device. */
    void enter() {
        check(cudart.cuCtxSetCurrent(context), "cuCtxSetCurrent");
    }

    CUfunc_st function(Kernel kernel) {
        return Objects.requireNonNull(functions.get(kernel));
    }

    DeviceBudget budget() {
        return budget;
    }

    long l2Bytes() {
        return l2Bytes;
    }

    /** True if read-only memory can be registered for copies. */
    boolean registersReadOnly() {
        return registersReadOnly;
    }
}
