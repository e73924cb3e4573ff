package io.github.afterimage.network;

import java.util.Locale;

/** Where ONNX Runtime runs a network. */
public enum NetworkDevice {
    /** The processor. */
    CPU,
    /**
     * The first NVIDIA GPU. It needs {@code com.microsoft.onnxruntime:onnxruntime_gpu} on the class path in the place of
     * {@code onnxruntime}, and the CUDA and cuDNN that it was built for.
     */
    CUDA;

    /** The system property that names the device where settings say nothing: {@code cpu}, by default, or {@code cuda}. */
    public static final String PROPERTY = "afterimage.network.device";

    /**
     * The device of a name.
     *
     * @throws IllegalArgumentException if there is none of that name
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
