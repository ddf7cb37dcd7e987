import Head from "next/head";
import Client from "../app/client/page";

export default function Page() {
  return (
    <>
      <Head>
        <link rel="icon" href="data:," />
      </Head>
      <Client />
    </>
  );
}
