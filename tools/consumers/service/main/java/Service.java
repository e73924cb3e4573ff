import com.sun.net.httpserver.*;
import io.github.afterimage.model.*;
import io.github.afterimage.model.data.Image;
import io.github.afterimage.serving.*;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.*;

/** Classifies the images that clients send: curl --data-binary @horse.png localhost:PORT/classify */
public class Service {
    public static void main(String[] args) throws IOException {
        CacheModel model = CacheModel.open(Path.of(args[0]), Path.of(args[1]));
        ModelBatcher batcher = new ModelBatcher(model, new BatchOptions());
        HttpServer server = HttpServer.create(new InetSocketAddress("localhost", Integer.parseInt(args[2])), 0);
        server.setExecutor(Executors.newCachedThreadPool());
        server.createContext("/health", call -> reply(call, batcher.health().open() ? 200 : 503, batcher.health()));
        server.createContext("/classify", call -> {
            try {
                Image image = Image.decode("the image", call.getRequestBody().readAllBytes());
                ModelQuery query = ModelQuery.of(image).neighbors(3).within(Duration.ofSeconds(30));
                Classification answer = batcher.submit(query).get().get(0);
                reply(call, 200, answer.best(3) + "\n" + answer.neighbors());
            } catch (Exception e) {
                boolean busy = e instanceof OverloadException || e.getCause() instanceof TimeoutException;
                reply(call, busy ? 503 : e instanceof IOException ? 400 : 500, e);
            }
        });
        server.start();
        System.out.println("http://localhost:" + server.getAddress().getPort());
    }

    private static void reply(HttpExchange call, int status, Object text) throws IOException {
        byte[] body = (text + "\n").getBytes("UTF-8");
        call.sendResponseHeaders(status, body.length);
        call.getResponseBody().write(body);
        call.close();
    }
}
