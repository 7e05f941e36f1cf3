package lab;

import java.io.IOException;
import software.amazon.dynamodb.services.local.main.ServerRunner;

/**
 * DynamoDB Local that ends with its parent: the lab holds the other end of standard input, and the end of it,
 * which also comes when the lab is killed, halts this process. No guard process stands in between.
 */
public final class DynamoDbLocal {
  private DynamoDbLocal() {}

  public static void main(String[] args) throws Exception {
    Thread watch = new Thread(DynamoDbLocal::haltAtEndOfInput, "end-of-input");
    watch.setDaemon(true);
    watch.start();
    ServerRunner.main(args);
  }

  /** Halts rather than exits: everything is in memory, so there is nothing for shutdown hooks to save. */
  private static void haltAtEndOfInput() {
    try {
      while (System.in.read() != -1) {}
    } catch (IOException closed) {
      // The same as the end of input.
    }
    Runtime.getRuntime().halt(0);
  }
}
