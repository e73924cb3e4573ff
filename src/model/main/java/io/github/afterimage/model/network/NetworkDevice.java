package io.github.afterimage.model.network;

import java.util.Locale;

/** A device on which ONNX Runtime runs a network. */
public enum NetworkDevice {
    /** The processor. */
    CPU,
    /**
     * The first NVIDIA GPU. It needs CUDA {@value #CUDA_MAJOR}, cuDNN {@value #CUDNN_MAJOR}, and
     * {@code com.microsoft.onnxruntime:onnxruntime_gpu} on the class path instead of {@code onnxruntime}, in the same
     * version.
     */
    CUDA;

    /** The major version of CUDA that onnxruntime_gpu 1.28.0 is linked with; this library's engine for GPUs needs CUDA 13. */
    public static final int CUDA_MAJOR = 12;

    /** The major version of cuDNN that onnxruntime_gpu 1.28.0 loads. */
    public static final int CUDNN_MAJOR = 9;

    /** The system property with the default device: {@code cpu} or {@code cuda}; {@code cpu} if unset. */
    public static final String PROPERTY = "afterimage.network.device";

    /**
     * Finds a device by name: {@code cpu} or {@code cuda}.
     *
     * @throws IllegalArgumentException if there is no device of that name
     */
    public static NetworkDevice named(String name) {
        for (NetworkDevice device : values()) {
            if (device.name().toLowerCase(Locale.ROOT).equals(name)) {
                return device;
            }
        }
        throw new IllegalArgumentException("network device \"" + name + "\": expected cpu or cuda");
    }
}
