package io.github.afterimage.cuda;

import static io.github.afterimage.cuda.CudaException.check;

import io.github.afterimage.platform.Resources;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.EnumMap;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.locks.ReadWriteLock;
import java.util.concurrent.locks.ReentrantReadWriteLock;
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
 * <p>Some errors end the context, whoever caused them. The device is {@linkplain #lost lost} then: the last thread that leaves
 * it gives the context back, and counts all memory in it back. The driver ends a context when its last user in the process gives
 * it back; until then, another user such as ONNX Runtime keeps the lost one. The device is not opened again.
 *
 * <p>Threads: thread-safe; a thread calls {@link #enter} before it calls the driver.
 *
 * <p>Lifetime: the process's, from the first use on, or until it is lost.
 */
final class Cuda {
    private static final int MIN_CAPABILITY = 80;
    /** CUDA 13, whose runtime and cuBLAS are loaded, needs a driver of this version. */
    private static final int MIN_DRIVER = 13000;

    private static @Nullable Cuda opened;
    private static volatile @Nullable String lost;

    private final int device;
    private final CUctx_st context;
    private final CUmod_st module = new CUmod_st();
    private final Map<Kernel, CUfunc_st> functions = new EnumMap<>(Kernel.class);
    private final DeviceBudget budget;
    private final TilePlan.Card card;
    private final boolean registersReadOnly;
    /** Its read lock is held by threads in the context, its write lock by the one that ends it. */
    private final ReadWriteLock callers = new ReentrantReadWriteLock();
    /** All memory in the context. */
    private final Set<Held> held = ConcurrentHashMap.newKeySet();

    private boolean ended;

    private Cuda(int device, CUctx_st context) {
        this.device = device;
        this.context = context;
        try (Entered entered = enter()) {
            // The driver copies what it needs; the image is not kept.
            try (BytePointer image = new BytePointer(kernels())) {
                check(cudart.cuModuleLoadData(module, image), "cuModuleLoadData of " + CudaProvider.KERNELS);
            }
            for (Kernel kernel : Kernel.values()) {
                functions.put(kernel, load(kernel));
            }
            card = new TilePlan.Card(
                    attribute(device, cudart.CU_DEVICE_ATTRIBUTE_MULTIPROCESSOR_COUNT),
                    attribute(device, cudart.CU_DEVICE_ATTRIBUTE_L2_CACHE_SIZE));
            registersReadOnly = attribute(device, cudart.CU_DEVICE_ATTRIBUTE_READ_ONLY_HOST_REGISTER_SUPPORTED) != 0;
            try (SizeTPointer free = new SizeTPointer(1);
                    SizeTPointer total = new SizeTPointer(1)) {
                check(cudart.cuMemGetInfo(free, total), "cuMemGetInfo");
                budget = new DeviceBudget(CudaProperties.memoryLimit(free.get()));
            }
        }
    }

    private CUfunc_st load(Kernel kernel) {
        CUfunc_st function = new CUfunc_st();
        check(cudart.cuModuleGetFunction(function, module, kernel.symbol()), "cuModuleGetFunction " + kernel.symbol());
        if (kernel.sharedBytes > 48 << 10) {
            check(
                    cudart.cuFuncSetAttribute(
                            function, cudart.CU_FUNC_ATTRIBUTE_MAX_DYNAMIC_SHARED_SIZE_BYTES, kernel.sharedBytes),
                    "cuFuncSetAttribute");
        }
        return function;
    }

    /** @throws CudaException if the device cannot be opened; unless it is lost, the next call tries again */
    static synchronized Cuda open() {
        checkLost();
        if (opened == null) {
            opened = start(device());
        }
        return opened;
    }

    private static Cuda start(int device) {
        CUctx_st context = new CUctx_st();
        try {
            check(cudart.cuDevicePrimaryCtxRetain(context, device), "cuDevicePrimaryCtxRetain");
            return Resources.guarded(
                    () -> check(cudart.cuDevicePrimaryCtxRelease(device), "cuDevicePrimaryCtxRelease"),
                    () -> new Cuda(device, context));
        } catch (CudaException e) {
            nameOtherUser(device);
            throw e;
        }
    }

    /** Adds to the reason of a loss that the lost context, which this class has given back, has another user. */
    private static void nameOtherUser(int device) {
        String reason = lost;
        int[] active = new int[1];
        if (reason != null
                && cudart.cuDevicePrimaryCtxGetState(device, new int[1], active) == cudart.CUDA_SUCCESS
                && active[0] != 0) {
            lost = reason + "; another user of GPU " + device + " in this process, such as ONNX Runtime, holds the lost"
                    + " context and its memory: restart the process to use the GPU";
        }
    }

    /** Returns the error that ended the context, in one line, or null. */
    static @Nullable String lost() {
        return lost;
    }

    /** Makes the device unusable for the rest of the process. */
    static void lose(String reason) {
        if (lost == null) {
            lost = reason;
        }
    }

    private static void checkLost() {
        if (lost != null) {
            throw new CudaException("the GPU failed and is not used any more in this process: " + lost);
        }
    }

    /** Something in the context, such as memory, which goes with it; closing it again does nothing. */
    abstract static class Held implements AutoCloseable {
        private final Cuda cuda;
        private final AtomicBoolean closed = new AtomicBoolean();

        Held(Cuda cuda) {
            this.cuda = cuda;
        }

        /** Gives it back to the driver. */
        abstract void free();

        /** Counts memory back, and closes what belongs to it on the host. */
        void giveBack() {}

        /** Counts the memory back; the context frees it. */
        final void forget() {
            if (!closed.getAndSet(true)) {
                giveBack();
            }
        }

        @Override
        public final void close() {
            if (!closed.getAndSet(true)) {
                try {
                    cuda.held.remove(this);
                    cuda.free(this::free);
                } finally {
                    giveBack();
                }
            }
        }
    }

    /** A thread's time in the context of the device. */
    interface Entered extends AutoCloseable {
        @Override
        void close();
    }

    /**
     * Directs the driver calls of this thread to this device, until the result is closed; then they go where they went before.
     *
     * @throws CudaException if the device is lost
     */
    Entered enter() {
        callers.readLock().lock();
        Resources.filled(this::leave, undo -> {
            checkLost();
            check(cudart.cuCtxPushCurrent(context), "cuCtxPushCurrent");
        });
        return () -> {
            try (CUctx_st popped = new CUctx_st()) {
                check(cudart.cuCtxPopCurrent(popped), "cuCtxPopCurrent");
            } finally {
                leave();
            }
        };
    }

    private void leave() {
        callers.readLock().unlock();
        // Before it is opened, start() gives the context back; a second time would take it from another user.
        if (lost != null && opened == this && callers.writeLock().tryLock()) {
            try {
                end();
            } finally {
                callers.writeLock().unlock();
            }
        }
    }

    /** Gives the lost context back; no thread is in it. */
    private void end() {
        if (!ended) {
            ended = true;
            held.forEach(Held::forget);
            held.clear();
            // Fails, as every call does; the driver takes the context back nevertheless.
            cudart.cuDevicePrimaryCtxRelease(device);
            nameOtherUser(device);
        }
    }

    /** Keeps memory until it is {@linkplain Held#close closed}, or the context ends. */
    <T extends Held> T hold(T memory) {
        held.add(memory);
        return memory;
    }

    /** Runs calls that free something; does nothing if the device is lost, because it has nothing then. */
    void free(Runnable calls) {
        if (lost != null) {
            return;
        }
        try (Entered entered = enter()) {
            calls.run();
        } catch (CudaException e) {
            if (lost == null) {
                throw e;
            }
        }
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
        if (driver() < MIN_DRIVER) {
            return "the NVIDIA driver is for CUDA " + release(driver()) + ", CUDA " + release(MIN_DRIVER)
                    + " is needed: install driver 580 or newer";
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
        return name(device()) + ", compute capability " + text(capability(device())) + ", driver for CUDA "
                + release(driver());
    }

    /** Returns the version of CUDA that the driver supports, such as 13000. */
    private static int driver() {
        int[] version = new int[1];
        check(cudart.cuDriverGetVersion(version), "cuDriverGetVersion");
        return version[0];
    }

    private static String release(int version) {
        return version / 1000 + "." + version % 1000 / 10;
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
        return new String(name, StandardCharsets.UTF_8).split("\0", 2)[0];
    }

    private static byte[] kernels() {
        try (InputStream in = Cuda.class.getResourceAsStream(CudaProvider.KERNELS)) {
            return in.readAllBytes();
        } catch (IOException e) {
            throw new IllegalStateException("cannot read " + CudaProvider.KERNELS, e);
        }
    }

    CUfunc_st function(Kernel kernel) {
        return Objects.requireNonNull(functions.get(kernel));
    }

    DeviceBudget budget() {
        return budget;
    }

    TilePlan.Card card() {
        return card;
    }

    /** True if read-only memory can be registered for copies. */
    boolean registersReadOnly() {
        return registersReadOnly;
    }
}
