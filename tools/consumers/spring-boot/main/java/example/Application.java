package example;

import io.github.afterimage.model.CacheModel;
import io.github.afterimage.model.data.Image;
import java.nio.file.Path;
import org.springframework.boot.ApplicationRunner;
import org.springframework.boot.SpringApplication;
import org.springframework.boot.autoconfigure.SpringBootApplication;
import org.springframework.context.annotation.Bean;

/** Classifies the images that it is given. Its model is a bean, which Spring closes. */
@SpringBootApplication
public class Application {
    public static void main(String[] args) {
        SpringApplication.run(Application.class, args);
    }

    @Bean
    CacheModel model() throws Exception {
        return CacheModel.open(Path.of("models/cifar10_resnet.onnx"), Path.of("models/cifar10.safetensors"));
    }

    @Bean
    ApplicationRunner classifier(CacheModel model) {
        return arguments -> {
            for (String image : arguments.getNonOptionArgs()) {
                System.out.println(image + ": " + model.classify(Image.read(Path.of(image))).best(3));
            }
        };
    }
}
