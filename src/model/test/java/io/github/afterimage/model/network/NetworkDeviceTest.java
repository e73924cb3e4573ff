package io.github.afterimage.model.network;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeFalse;

import ai.onnxruntime.OrtEnvironment;
import ai.onnxruntime.OrtProvider;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class NetworkDeviceTest {
    @TempDir
    Path folder;

    @Test
    void aGpuIsRefusedInOneLineWhereOnnxRuntimeHasNone() throws Exception {
        assumeFalse(OrtEnvironment.getAvailableProviders().contains(OrtProvider.CUDA), "onnxruntime_gpu is here");
        Path model = SmallModel.classifier(0, 2, 2).output("logits").write(folder.resolve("m.onnx"));
        NetworkSettings settings = NetworkSettings.defaults().withDevice(NetworkDevice.CUDA);
        assertThatThrownBy(() -> Network.open(model, List.of(), settings))
                .isInstanceOf(ModelException.class)
                .hasMessage(model
                        + ": network device cuda needs com.microsoft.onnxruntime:onnxruntime_gpu on the class path"
                        + " in the place of onnxruntime, which has no CUDA");
    }

    @Test
    void theDeviceIsThePropertysWhereNothingElseIsSaid() {
        assertThat(NetworkSettings.defaults().device()).isEqualTo(NetworkDevice.CPU);
        System.setProperty(NetworkDevice.PROPERTY, "cuda");
        try {
            assertThat(NetworkSettings.defaults().withThreads(1).withBatch(2).device())
                    .isEqualTo(NetworkDevice.CUDA);
        } finally {
            System.clearProperty(NetworkDevice.PROPERTY);
        }
        assertThatThrownBy(() -> NetworkDevice.named("gpu")).hasMessage("network device \"gpu\": expected cpu or cuda");
    }
}
